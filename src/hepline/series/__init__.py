"""What did this channel do over time? Sampled channels: clocks, gaps, resampling, windows.

Files are read by `data`; here their samples become arrays that a model takes. May import data, and
below.
"""
