"""One column of every type and shape."""

import awkward as ak
import numpy as np
import pytest

from hepline.columns.text import code_of
from hepline.data.writing.columns import Written
from hepline.data.writing.rows import Rows, rows_of

NUMBERS = ["bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64))]
NUMBERS += ["float32", "float64"]
LISTS = [[1, 2], [], [0], [5, 6, 7], []]
NESTED = [[[1, 2], []], [], [[0]], [[5], [6, 7]], []]
WORDS = {code_of(text): text for text in ("", "a", "bb", "ccc" * 100)}


def texts(shape):
    codes = np.array(sorted(WORDS), np.uint64)
    places = ak.Array(shape)
    flat = codes[ak.to_numpy(ak.flatten(places, axis=None))]
    array = flat if places.ndim == 1 else ak.unflatten(flat, ak.num(places))
    return rows_of(ak.Array(array), WORDS)


@pytest.fixture
def columns():
    """Columns and rows by name: numbers of all types, lists, lists of lists, text."""
    made = {}
    for dtype in NUMBERS:
        scalar = np.arange(5).astype(dtype)
        made[f"s_{dtype}"] = Written(f"s_{dtype}", dtype), Rows(scalar)
        for depth, shape in ((1, LISTS), (2, NESTED)):
            array = ak.values_astype(ak.Array(shape), np.dtype(dtype))
            name = f"{'Muon' if depth == 1 else 'Deep'}_{dtype}"
            counter = name.partition("_")[0]
            made[name] = Written(name, dtype, depth, counter=f"n{counter}"), rows_of(array)
    counts = np.array([len(part) for part in LISTS], np.uint32)
    made["nMuon"] = Written("nMuon", "uint32"), Rows(counts)
    made["word"] = Written("word", "string"), texts([0, 1, 2, 3, 0])
    made["words"] = (
        Written("words", "string", 1, counter="nwords"), texts([[0, 1], [], [2], [], [3, 3]])
    )  # fmt: skip
    return made
