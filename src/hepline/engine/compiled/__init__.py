"""The compiled evaluator: a graph becomes one event loop, written as Python, then machine code.

Read `lowering` first, then `writer`; `compiler` has the kernel translated by `machine`. May import
numba, but only where a kernel calls a function of the user (`by_numba`): it takes long to load.
"""
