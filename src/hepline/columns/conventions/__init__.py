"""How stored columns form objects: one module and one table for each convention.

Read `convention` first: what a convention says, and the one of files that follow no other. The
conventions themselves are `nanoaod`, `physlite`, `atlas`, `edm4hep`, `delphes` and `lhcb`;
`registry` lists them and recognizes a file's own; `references` has the arithmetic of links. To add
one, write a module with a subclass of `Convention`, a table in ``tables/`` with columns that its
files have, a line in `registry`, and a test in ``tests/columns/conventions`` that inherits the
suite.

May import the nodes of `columns`, and knows neither schemas nor files.
"""
