"""How do others get it? The folder of a measurement: histograms, workspace, summary, report.

Start reading at `measurement.py`. May import everything but `cli`.
"""
