"""Derivatives of pyhf's own likelihood by automatic differentiation, in a process of its own.

The backend of pyhf belongs to the whole process, and JAX starts threads that no later fork may
meet: therefore a script. Reads ``[[workspace, theta], ...]`` as JSON and writes value, gradient and
Hessian of twice the negative log-likelihood for each.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import pyhf


def derivatives(content: Mapping[str, Any], theta: Sequence[float]) -> list[Any]:
    """Value, gradient and Hessian at a point, as nested lists."""
    workspace = pyhf.Workspace(content)
    model = workspace.model()
    data = pyhf.tensorlib.astensor(workspace.data(model))

    def twice_nll(point: jax.Array) -> jax.Array:
        return -2 * model.logpdf(point, data)[0]

    @jax.jit
    def all_at_once(point: jax.Array) -> tuple[jax.Array, ...]:
        gradient = jax.grad(twice_nll)
        return twice_nll(point), gradient(point), jax.jacfwd(gradient)(point)

    return [each.tolist() for each in all_at_once(pyhf.tensorlib.astensor(theta))]


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)  # pyhf's use of jsonschema
    pyhf.set_backend("jax", precision="64b")
    json.dump([derivatives(*each) for each in json.load(sys.stdin)], sys.stdout)
