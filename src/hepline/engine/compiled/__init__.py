"""The compiled evaluator: a graph becomes one event loop, written as Python, then machine code.

Read `lowering` first, then `writer`, which writes by rules: `elements` (with `tables`, `navigation`
and `user_code`) has the code of one element for each operation, `lists` and `inner` the loops over
each kind of list. The work along lists (`sinks`, `reductions`, `outputs`) fits every list. `facts`
decides beforehand what rows to keep, `early` what to compute for many events at a time, `sizes` how
much memory is needed; `evaluator` runs the kernel, which `compiler` has `machine` translate.

Only `by_numba` may import numba, for kernels that call a function of the user: it loads slowly.
"""
