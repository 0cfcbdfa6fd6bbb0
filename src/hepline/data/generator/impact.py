"""Impact parameters: how far tracks pass from the collision, and how well that is known."""

from __future__ import annotations

import numpy as np

from hepline.data.generator.objects import Objects
from hepline.data.generator.particles import Floats, Particles
from hepline.data.generator.randomness import Streams
from hepline.units import mm, um

__all__ = ["impact_parameters", "longitudinal_resolution", "transverse_resolution"]


def transverse_resolution(pt: Floats, eta: Floats) -> Floats:
    """Resolution of the transverse impact parameter: 10 μm ⊕ 90 μm GeV / pt in the centre.

    Parameters
    ----------
    pt : ndarray of float64, shape (track,), GeV
    eta : ndarray of float64, shape (track,)

    Returns
    -------
    ndarray of float64, shape (track,), cm

    References
    ----------
    CMS Collaboration, JINST 9 (2014) P10009, figure 15: 90 μm at 1 GeV and 10 μm at 100 GeV
    for |η| < 0.9. Multiple scattering grows with the material crossed.
    """
    return np.hypot(10.0, 90.0 / pt * np.sqrt(np.cosh(np.minimum(np.abs(eta), 2.5)))) * um


def longitudinal_resolution(pt: Floats, eta: Floats) -> Floats:
    """Resolution of the longitudinal impact parameter: 30 μm ⊕ 150 μm GeV / pt, rising with η.

    Parameters
    ----------
    pt : ndarray of float64, shape (track,), GeV
    eta : ndarray of float64, shape (track,)

    Returns
    -------
    ndarray of float64, shape (track,), cm

    References
    ----------
    CMS Collaboration, JINST 9 (2014) P10009, figure 15.
    """
    return np.hypot(30.0, 150.0 / pt) * np.cosh(np.minimum(np.abs(eta), 2.5)) * um


def impact_parameters(
    tracks: Objects, particles: Particles, streams: Streams, *, stream: str
) -> Objects:
    """Add dxy, dz and their errors (cm), ip3d (cm) and sip3d.

    Parameters
    ----------
    tracks : Objects
        ``source`` is the particle of each track.
    particles : Particles
    streams : Streams
    stream : str
        Name of the random stream.

    Returns
    -------
    Objects
        The same tracks; sip3d is the distance in three dimensions over its error. For a
        track from the collision itself it scatters like a Rayleigh variable.
    """
    at = tracks.source
    pt = particles.pt[at]
    cos_phi, sin_phi = particles.px[at] / pt, particles.py[at] / pt
    cot_theta = particles.pz[at] / pt
    along = particles.vx[at] * cos_phi + particles.vy[at] * sin_phi
    true_dxy = (particles.vy[at] * cos_phi - particles.vx[at] * sin_phi) * mm
    true_dz = (particles.vz[at] - along * cot_theta) * mm

    sigma_xy = transverse_resolution(pt, particles.eta[at])
    sigma_z = longitudinal_resolution(pt, particles.eta[at])
    dxy = true_dxy + sigma_xy * streams.normal(f"{stream} dxy", len(tracks))
    dz = true_dz + sigma_z * streams.normal(f"{stream} dz", len(tracks))
    # Only the part of dz across the track counts as a distance.
    sin_theta = 1.0 / np.hypot(1.0, cot_theta)
    across, sigma_across = dz * sin_theta, sigma_z * sin_theta
    return tracks.having(
        dxy=dxy,
        dxyErr=sigma_xy,
        dz=dz,
        dzErr=sigma_z,
        ip3d=np.hypot(dxy, across),
        sip3d=np.hypot(dxy / sigma_xy, across / sigma_across),
    )
