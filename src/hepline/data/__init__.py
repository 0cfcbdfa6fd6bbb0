"""Where do events come from? Files, and the generator.

Read `open` first (find files, check them, hand out events), then `filesource` (the source that the
engine reads from) and `reader` (what a format must offer): `tree`, `rntuple`, `parquet`,
`hdf5` and `csvfile` each read one. `generate` makes events (Pythia 8, FastJet and a parametrised
detector in `generator`). Every source implements `columns.source.Source`.

May import `columns` and below; never `engine`.
"""
