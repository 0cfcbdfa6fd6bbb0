"""hepline's words for names from awkward, NumPy, vector, coffea and pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from hepline.errors import LanguageError

__all__ = ["FIELDS", "FUNCTIONS", "METHODS", "no_function"]

_READ = "read the events: hl.compute(x) gives an awkward array"
_MISSING = "write x[~x.is_missing()] for the elements that are there"

FUNCTIONS: Mapping[str, str] = {
    **{
        name: f"write hl.{name}(x), which gives one value for each innermost list"
        for name in ("all", "any", "argmax", "argmin", "max", "mean", "min", "sum")
    },
    "where": "write hl.where(condition, a, b)",
    "sort": "write hl.sort(x), the largest first, or jet.sort(jet.pt) for objects",
    "argsort": "write hl.argsort(x), the largest first, or jet.sort(jet.pt) for objects",
    "isin": "write hl.isin(x, [11, 13])",
    "round": "write round(x, 2)",
    "to_layout": _READ,
    "amax": "write hl.max(x), which gives one value for each innermost list",
    "amin": "write hl.min(x), which gives one value for each innermost list",
    "ptp": "write hl.max(x) - hl.min(x)",
    "num": "write hl.count(x), the number of elements of each innermost list",
    "count": "write hl.count(x), the number of elements of each innermost list",
    "count_nonzero": "write hl.count(condition), the number of elements for which it holds",
    "std": "write np.sqrt(hl.mean(x * x) - hl.mean(x)**2)",
    "var": "write hl.mean(x * x) - hl.mean(x)**2",
    "prod": "write np.exp(hl.sum(np.log(x))) for positive numbers, or hl.map",
    "flatten": "use the column as it is, since histograms and reductions take its elements one by "
    "one; for lists of lists write hl.flatten(x)",
    "ravel": "use the column as it is, since histograms take its elements one by one; for lists of "
    "lists write hl.flatten(x)",
    "firsts": "write mu[0] or mu.first(), which is missing where there is none",
    "singletons": "use the single object as it is; it may be combined with lists",
    "pad_none": "write mu.pad(4), exactly four objects; mu[3] is missing where there is none",
    "fill_none": "write x.fill_missing(0)",
    "is_none": "write x.is_missing()",
    "drop_none": _MISSING,
    "mask": "choose with brackets, mu[mu.pt > 20], or between two values with hl.where",
    "combinations": "write mu.pairs() or jet.combinations(3); z[0] and z[1] are the members",
    "argcombinations": "write mu.pairs(); z[0].position is the place of a member",
    "cartesian": "write ele.cross(mu), all pairs of both",
    "argcartesian": "write ele.cross(mu); z[0].position is the place of a member",
    "zip": "write hl.vector(pt=…, eta=…, phi=…, mass=…), or jet.with_fields(name=…)",
    "with_field": "write jet.with_fields(name=…)",
    "with_name": "use the objects as they are; they have pt, eta, phi, mass and what follows",
    "without_field": "leave the field alone; only what is used is read",
    "concatenate": "write hl.concat(ele, mu) to join two collections",
    "hstack": "write hl.concat(ele, mu) to join two collections",
    "local_index": "write mu.position",
    "to_numpy": _READ,
    "to_list": _READ,
    "to_parquet": _READ,
    "array_equal": _READ,
    "materialize": _READ,
    "values_astype": "write x.astype('float64')",
    "broadcast_arrays": "combine the columns as they are; shallower ones repeat along lists",
    "broadcast_to": "combine the columns as they are; shallower ones repeat along lists",
    "ones_like": "write 1.0 in its place; numbers repeat along lists",
    "zeros_like": "write 0.0 in its place; numbers repeat along lists",
    "full_like": "write the number in its place; numbers repeat along lists",
    "nan_to_num": "write hl.where(np.isfinite(x), x, 0)",
    "isclose": "write abs(x - y) < 1e-8",
    "digitize": "write hl.lookup(x, edges, range(len(edges) - 1)), or fill a histogram",
    "searchsorted": "write hl.lookup(x, edges, range(len(edges) - 1))",
    "histogram": "write hl.hist(x, 50, 0, 100)",
    "histogram2d": "write hl.hist(hl.axis(x, 50, 0, 100), hl.axis(y, 50, 0, 100))",
    "take": "use brackets with positions: x[0], x[hl.argmax(x)]",
    "vectorize": "write hl.call(function, x) for a function of NumPy arrays",
    "interp": "write hl.call(lambda x: np.interp(x, xs, ys), x)",
    "median": "write hl.sort(x)[hl.count(x) // 2]",
    "diff": "write x[1:] - x[:-1] after hl.compute, or hl.map",
    "run_lengths": "write hl.unique(x) for the values that occur, or hl.map",
    "unflatten": "use hl.map, which returns lists",
    "unzip": "name the fields: mu.pt, mu.eta",
    "fields": "write dir(mu) for the names of the fields",
}
"""Functions of arrays of NumPy and awkward, and what to write."""

METHODS: Mapping[str, str] = {
    **dict.fromkeys(
        ("plot", "hist"), "fill a histogram, hl.compute(hl.hist(x, 50, 0, 100)), and plot that"
    ),
    **dict.fromkeys(
        (
            "to_numpy",
            "values",
            "to_list",
            "tolist",
            "numpy",
            "array",
            "compute",
            "to_pandas",
            "item",
        ),
        _READ,
    ),
    **dict.fromkeys(
        ("size", "shape", "ndim"),
        "write hl.count(x), or len(hl.compute(x)) for the number of events",
    ),
    "abs": "write abs(x)",
    "sqrt": "write np.sqrt(x)",
    "dtype": "read x.type.dtype",
    "fillna": "write x.fill_missing(0)",
    "dropna": _MISSING,
    "isna": "write x.is_missing(), or np.isnan(x) for what is not a number",
    "isnull": "write x.is_missing(), or np.isnan(x) for what is not a number",
    "std": FUNCTIONS["std"],
    "var": FUNCTIONS["var"],
    "prod": FUNCTIONS["prod"],
    "flatten": FUNCTIONS["flatten"],
    "ravel": FUNCTIONS["ravel"],
    "first": "write x[0], which is missing in an empty list",
    "best": "choose objects, jet.best(jet.pt), or write hl.max(x)",
    "mask": FUNCTIONS["mask"],
    "where": "write hl.where(condition, x, other)",
    "between": "write (low < x) & (x < high)",
    "apply": "write hl.call(function, x) for a function of NumPy arrays, or hl.map for loops",
    "map": "write hl.call(function, x) for a function of NumPy arrays, or hl.map for loops",
}
"""Methods and attributes of arrays and data frames that columns do not have."""

FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("deltaR", "DeltaR", "deltar", "dR", "deltaRapidityPhi"), "write a.delta_r(b)"),
    **dict.fromkeys(("deltaphi", "deltaPhi", "DeltaPhi", "dphi"), "write a.delta_phi(b)"),
    **dict.fromkeys(("deltaeta", "deltaEta", "DeltaEta", "delta_eta"), "write a.eta - b.eta"),
    "deltaR2": "write a.delta_r(b)**2",
    "delta_r2": "write a.delta_r(b)**2",
    "metric_table": "write a.near(b, 0.4), a.nearest(b) or a.cross(b)",
    **dict.fromkeys(("M", "m", "Mass", "inv_mass", "tau"), "write the field 'mass'"),
    **dict.fromkeys(("mass2", "M2", "m2", "tau2"), "write p.mass**2"),
    **dict.fromkeys(("E", "e", "t", "Energy"), "write the field 'energy'"),
    **{
        name: f"write the field '{field}'"
        for name, field in (
            ("x", "px"),
            ("y", "py"),
            ("z", "pz"),
            ("Pt", "pt"),
            ("PT", "pt"),
            ("rho", "pt"),
            ("Perp", "pt"),
            ("Eta", "eta"),
            ("Phi", "phi"),
            ("Px", "px"),
            ("Py", "py"),
            ("Pz", "pz"),
            ("Rapidity", "rapidity"),
        )
    },
    **dict.fromkeys(
        ("p4", "P4", "lorentzVector", "four_vector", "vector"),
        "use the objects themselves: mu[0] + mu[1], hl.sum(mu), mu.mass",
    ),
    **dict.fromkeys(("mag", "p", "P", "Mag"), "write p.pt * np.cosh(p.eta)"),
    "pt2": "write p.pt**2",
    "theta": "write 2 * np.arctan(np.exp(-p.eta))",
    "Theta": "write 2 * np.arctan(np.exp(-p.eta))",
    "costheta": "write np.tanh(p.eta)",
    "CosTheta": "write np.tanh(p.eta)",
    "et": "write p.energy / np.cosh(p.eta)",
    "Et": "write p.energy / np.cosh(p.eta)",
    **dict.fromkeys(("mt", "Mt", "mT"), "write hl.transverse_mass(lepton, ev.MET)"),
    "beta": "write p.pt * np.cosh(p.eta) / p.energy",
    "gamma": "write p.energy / p.mass",
    **dict.fromkeys(
        ("boost_p4", "boost_beta3", "Boost", "boostvec", "BoostVector"),
        "write p.boost(q), which moves what was at rest along with q",
    ),
    **dict.fromkeys(("boostCM_of", "boostCM_of_p4"), "write p.to_rest_frame(q)"),
    **dict.fromkeys(("add", "Add"), "write p + q"),
    **dict.fromkeys(
        ("max", "min", "mean", "any", "all", "argmax", "argmin"),
        "name a field: mu.pt.max(), hl.any(mu.pt > 20)",
    ),
    **dict.fromkeys(("size", "shape", "ndim"), "write hl.count(mu)"),
    "matched_gen": "write mu.gen where the file has the reference, or mu.match(gen)",
    "hasFlags": "flags are fields: gen.isPrompt & gen.isLastCopy",
    "argsort": "write jet.sort(jet.pt), or hl.argsort(jet.pt)",
    "counts": "write hl.count(mu)",
    "num": "write hl.count(mu)",
    "slot0": "write z[0]",
    "slot1": "write z[1]",
    "i0": "write z[0]",
    "i1": "write z[1]",
    "type": "print the objects; dir(mu) gives their fields",
}
"""Attributes of vectors and of other libraries' objects, and what to write."""


def no_function(library: str, name: str, recipe: str) -> NoReturn:
    """Refuse a function of NumPy or awkward that needs values, and name hepline's word.

    Raises
    ------
    LanguageError
    """
    fix = FUNCTIONS.get(name)
    other = (
        "use the language's own functions, hl.sum, hl.any, hl.where, hl.concat and their like (see "
        "docs/language.md); element by element NumPy works (np.sqrt, np.maximum, …)"
    )
    raise LanguageError(
        f"{library}.{name} of {recipe}.",
        why="nothing has been read, and functions of whole arrays need the values now.",
        fix=f"{fix or other}; or call hl.compute(…) first, whose results are arrays.",
    )
