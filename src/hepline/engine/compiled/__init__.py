"""The compiled evaluator: a graph becomes one event loop, written as Python, compiled by numba.

Read `lowering` first, then `writer`. May import numba (only in `kernels` and `compiler`, so that
small jobs never load it).
"""
