"""The compiled evaluator: a graph becomes one event loop, written as Python, then machine code.

Read `lowering` first, then `writer`, which is told by rules what to write: `elements` says what one
element of each operation is, `lists` (and `inner`) how lists are gone over. What is done along
them (`sinks`, `reductions`, `outputs`) fits every list. `facts` decides beforehand what is kept in
rows, `early` what is done for many events at a time, `sizes` how much memory is needed; `compiler`
has the kernel translated by `machine`. May import
numba, but only where a kernel calls a function of the user (`by_numba`): it takes long to load.
"""
