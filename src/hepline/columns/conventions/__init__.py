"""How stored columns form objects: one module and one table for each convention.

Read `convention` first: the protocol, and the fallback for files that follow no other. The
conventions themselves are `nanoaod`, `physlite`, `atlas`, `edm4hep`, `delphes` and `lhcb`;
`registry` lists and recognizes them; `references` holds the arithmetic of links. To add
one, write a module with a subclass of `Convention`, a table in ``tables/`` with columns that its
files have, a line in `registry`, and a test in ``tests/columns/conventions`` that inherits the
suite.

May import the nodes of `columns`, and knows neither schemas nor files.
"""
