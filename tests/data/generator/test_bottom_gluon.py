"""b g → t W against numerically evaluated Dirac traces."""

from __future__ import annotations

import numpy as np
import pytest

from hepline.data.generator.bottom_gluon import top_w_trace

_PAULI = [
    np.array([[0, 1], [1, 0]], complex),
    np.array([[0, -1j], [1j, 0]]),
    np.array([[1, 0], [0, -1]], complex),
]
_ZERO, _ONE = np.zeros((2, 2)), np.eye(2)
_GAMMA = [np.block([[_ONE, _ZERO], [_ZERO, -_ONE]]).astype(complex)] + [
    np.block([[_ZERO, s], [-s, _ZERO]]) for s in _PAULI
]
_LEFT = (np.eye(4) - 1j * _GAMMA[0] @ _GAMMA[1] @ _GAMMA[2] @ _GAMMA[3]) / 2
_METRIC = np.diag([1.0, -1.0, -1.0, -1.0])


def _slash(p: np.ndarray) -> np.ndarray:
    return sum(_METRIC[i, i] * p[i] * _GAMMA[i] for i in range(4))


def _dirac_sum(s: float, cosine: float, top2: float, w2: float) -> tuple[float, float]:
    """Sum over spins and polarisations, and t = (gluon − top)²."""
    half = np.sqrt(s) / 2
    gluon, bottom = np.array([half, 0, 0, half]), np.array([half, 0, 0, -half])
    length = np.sqrt((s - top2 - w2) ** 2 - 4 * top2 * w2) / (2 * np.sqrt(s))
    sine = np.sqrt(1 - cosine**2)
    top = np.array([np.sqrt(length**2 + top2), length * sine, 0, length * cosine])
    w = gluon + bottom - top
    t1 = -2 * gluon @ _METRIC @ top
    mass = np.sqrt(top2) * np.eye(4)

    def vertex(mu: int, nu: int) -> np.ndarray:
        s_channel = _GAMMA[mu] @ _LEFT @ _slash(gluon + bottom) @ _GAMMA[nu] / s
        t_channel = _GAMMA[nu] @ (_slash(top - gluon) + mass) @ _GAMMA[mu] @ _LEFT / t1
        return s_channel + t_channel

    total = 0.0
    for nu in range(4):
        amplitudes = [vertex(mu, nu) for mu in range(4)]
        for mu in range(4):
            for rho in range(4):
                lowered = _METRIC @ w
                spins = -_METRIC[mu, rho] + lowered[mu] * lowered[rho] / w2
                conjugate = _GAMMA[0] @ amplitudes[rho].conj().T @ _GAMMA[0]
                trace = np.trace((_slash(top) + mass) @ amplitudes[mu] @ _slash(bottom) @ conjugate)
                total += spins * -_METRIC[nu, nu] * trace.real
    return total, t1 + top2


@pytest.mark.parametrize("energy", [270.0, 400.0, 2000.0])
@pytest.mark.parametrize("cosine", [-0.99, -0.3, 0.5, 0.95])
def test_matrix_element_is_the_dirac_trace(energy: float, cosine: float) -> None:
    top2, w2 = 172.5**2, 80.4**2
    expected, t = _dirac_sum(energy**2, cosine, top2, w2)
    assert top_w_trace(energy**2, t, top_mass2=top2, w_mass2=w2) == pytest.approx(
        expected, rel=1e-9
    )


def test_matrix_element_is_positive_all_over_phase_space() -> None:
    top2, w2 = 172.5**2, 80.4**2
    for energy in np.linspace(253.0, 5000.0, 50):
        s = energy**2
        length = np.sqrt((s - top2 - w2) ** 2 - 4 * top2 * w2) / (2 * energy)
        top_energy = np.hypot(length, np.sqrt(top2))
        for cosine in np.linspace(-1, 1, 21):
            t = top2 - energy * (top_energy - length * cosine)
            assert top_w_trace(s, t, top_mass2=top2, w_mass2=w2) > 0
