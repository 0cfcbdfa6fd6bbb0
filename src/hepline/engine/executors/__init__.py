"""Where chunks are computed: in this process or in local processes (`local`).

A cluster will have a module of its own. May import `engine.chunk` and below.
"""
