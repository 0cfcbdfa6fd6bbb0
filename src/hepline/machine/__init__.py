"""How does a loop become fast? A small part of Python, of known types, as machine code.

A kernel is readable Python, and every function that it calls is too; all types are known. That
leaves little to a compiler: `translation` writes a function as LLVM's text, which LLVM makes fast
(`native`). numba gives the same bits, and spends nine tenths of its time on questions that are
answered here; it compiles what this room refuses (`types.Untranslated`).

Start with `translation`. The room imports llvmlite, which no other room does.
"""
