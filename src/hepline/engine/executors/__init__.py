"""Where chunks are computed: in threads (`threads`, with kernels from `compiling`) or processes.

`local` computes in this process or in several of this machine. May import `engine.chunk` and below.
"""
