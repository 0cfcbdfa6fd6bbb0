"""What is this bump? Shapes, fits, bump hunts and names of resonances in a spectrum.

Start reading at `results.py`, what comes out; then `spectrum` (binned or unbinned values),
`shapes` and `backgrounds` (densities), `fitting` (one extended likelihood), `choice` (which
model), `bumps` (where to look), `naming` (the PDG's table). Stands alone on arrays of numbers in
GeV: `hepline.analysis.spectra` reads files and forms pairs. The lab's own way is in `sidebands`
(with `counting` and `remainder`), distributions of the signal alone in `sweights`. May import
scipy, iminuit, numba and particle.
"""
