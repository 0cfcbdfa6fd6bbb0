"""The parts of the event generator, from Pythia's settings to bytes on disk.

Start reading at `processes` (what can be generated), then `blocks` (how a sample is cut),
`detector` (what is seen of an event) and `nanoaod_writer` (the file). The public functions
are in `hepline.data.generate`. Of hepline it imports only leaves: `errors`, `files`, `records`,
`units`.
"""
