"""How do columns leave hepline? Skims on disk, tables of other libraries, chunks in a loop.

Formats are written by `data/writing`; here expressions are computed, chunk by chunk, and handed
over. May import analysis, engine and data, and below.
"""
