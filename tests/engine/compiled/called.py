"""Functions that kernels call, as machine code, for Python's numbers and NumPy's arrays."""

import ast

import numpy as np

from hepline.machine.native import Native, object_code
from hepline.machine.translation import Parameter, translated


class Called:
    """One function; it is compiled for the types that it is called with.

    Parameters
    ----------
    function : callable
    results : str
        The dtypes of what it returns, such as ``f8 f8``; ``=`` for that of the first argument.
    """

    def __init__(self, function, results=""):
        self._function, self._results, self._known = function, results, {}

    def __call__(self, *values):
        given = [value if value is None else np.asarray(value) for value in values]
        results = self._results.replace("=", str(getattr(given[0], "dtype", ""))).split()
        key = tuple(None if value is None else (value.dtype, value.ndim) for value in given)
        if key not in self._known:
            self._known[key] = self._compiled(given, results)
        made = [np.zeros(1, result) for result in results]
        arrays = [np.atleast_1d(value) for value in given if value is not None]
        self._known[key](*arrays, *made)
        found = tuple(each[0] for each in made)
        return found[0] if len(found) == 1 else found

    def _compiled(self, given, results):
        parameters, arguments = [], []
        for place, value in enumerate(given):
            if value is not None:
                parameters.append(Parameter(f"a_{place}", value.dtype, max(value.ndim, 1)))
            own = f"a_{place}" if value is not None and value.ndim else f"a_{place}[0]"
            arguments.append("None" if value is None else own)
        made = [Parameter(f"made_{place}", np.dtype(each)) for place, each in enumerate(results)]
        text = f"function({', '.join(arguments)})"
        if made:
            text = f"{', '.join(f'{each.name}[0]' for each in made)} = {text}"
        body = ast.parse(text).body
        parameters += made
        return Native(
            object_code(translated(body, parameters, {"function": self._function})), parameters
        )
