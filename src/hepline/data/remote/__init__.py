"""How are files read that lie behind an address, without fetching them?

Read `file` first (the bytes of one file, for readers and libraries), then `store` (what is fetched
ahead, in how much memory) and `joining` (which ranges make up a request). `http`, `xrootd` and
`filesystem` bring bytes from one kind of server each; `opening` chooses between them.

May import `transport`, `retrying` and `fetching`; nothing else of `data`.
"""
