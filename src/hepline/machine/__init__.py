"""How does a loop become fast? A small part of Python, of known types, as machine code.

Kernels and the functions that they call are readable Python with known types, so that compiling
them is simple: `translation` writes a function as LLVM IR, which LLVM optimizes (`native`). numba
gives the same bits, but spends nine tenths of its time on questions whose answers are known here;
it compiles what this room refuses (`types.Untranslated`).

Start with `translation`. No other room imports llvmlite.
"""
