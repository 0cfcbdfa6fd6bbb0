"""What is this bump? Masses from events, fits, bump hunts and names of resonances in a spectrum.

Start reading at `results.py`, what comes out; `masses` reads files and forms combinations
(`combination`, `momenta`, `charges`). The rest works on arrays of numbers in GeV: `spectrum`
(binned or unbinned values), `shapes` and `backgrounds` (densities), `task` (a window before any
model), `fitting` (one extended likelihood), `choice` (which model), `bumps` (where to look),
`naming` (which particle, by the PDG's table), `particles/` (what is known of it), `sweights`
(distributions of the signal alone), `sidebands` with `remainder` (the recipe of the classroom),
`tables` (lists that code looks up). May import stats and what stats may import, analysis, particle
and decaylanguage.
"""
