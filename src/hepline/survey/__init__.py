"""What is in these files, and can it be trusted? Facts about every column, and about two samples.

Start reading at `describe.py`: one pass (`reading.py`) makes a `tally.py` of each column, and from
these follow the facts (`description.py`), what is suspicious (`findings.py`), comparisons of
samples (`comparison.py`) and checks of labels (`labels.py`).

Nothing here draws, nothing here asks what is physics: `show` makes pages of the facts, `exchange`
writes what was cleaned. May import analysis, engine and data, and below.
"""
