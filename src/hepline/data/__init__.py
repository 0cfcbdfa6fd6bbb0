"""Where do events come from? Files, and the generator.

Read `open` first (find files, check them, open them as a source), then `filesource` (the source for
the engine) and `reader` (the protocol of a format): `tree` (with its `friends`) and `rntuple` read
ROOT files, `parquet`, `hdf5` and `csvfile` the others. `generate` makes events (Pythia 8, FastJet
and a parametrised detector in `generator`); `catalogue` fetches datasets, `remote` reads files
where they lie. `filesource` implements `columns.source.Source`.

May import `columns` and below; never `engine`.
"""
