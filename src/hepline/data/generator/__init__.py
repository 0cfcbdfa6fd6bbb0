"""The parts of the event generator, from Pythia's settings to bytes on disk.

Start reading at `processes` and `eras` (what can be generated), then `blocks` (how a sample is
cut), `detector` (what is seen of an event), `sample` (the file) and `mixture` (what looks like
data). The public functions are in `hepline.data.generate`. Of hepline it imports only
leaves: `errors`, `files`, `processes`, `records`, `units`.
"""
