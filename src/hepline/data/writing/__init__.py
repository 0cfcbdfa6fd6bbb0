"""How do events become files? TTrees, RNTuples and Parquet, from rows of numbers.

Read `rows` first (what is written), then `formats` (which writer, and what each can hold).
Libraries make the bytes: uproot and pyarrow. Nothing here knows expressions or engines.
"""
