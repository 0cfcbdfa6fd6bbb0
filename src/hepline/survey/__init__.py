"""What is in these files, and can it be trusted? Facts about every column, and about two samples.

Nothing here draws, nothing here asks what is physics: `show` makes pages of the facts, `exchange`
writes what was cleaned. May import engine and data, and below.
"""
