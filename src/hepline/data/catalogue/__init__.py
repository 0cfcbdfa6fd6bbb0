"""Where does a dataset lie, and are its files the right ones?

Read `fetch` first (verified files in a folder, and their lock file), then `record` (what a source
says of a dataset) and `registry` (which source an address belongs to): `cernopendata`, `zenodo`,
`huggingface`, `web`, `xrootd` and `local` are one source each. `download` brings a file whole
(through `data.transport`), `store` keeps it for other runs, `lock` remembers it.

May import the rest of `data`, of which only `open` imports it.
"""
