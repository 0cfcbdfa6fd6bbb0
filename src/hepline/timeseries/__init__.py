"""What did this channel do over time? Sampled channels: clocks, gaps, resampling, windows.

Start reading at `channel`, samples at equal steps with gaps; `reading` makes them of files, and
`clocks` of samples that have a time each. `series` brings several on one clock by way of
`resampling`; `windows` and `normalization` make arrays for a model. May import data, and below.
"""
