import json

import numpy as np

from hepline.show.numbers import numbers_file


def test_numbers_come_back_and_what_is_hidden_is_null():
    numbers = {
        "edges": np.array([0.0, 1 / 3, 1.0]),
        "data": np.array([3.0, np.nan]),
        "blinded": np.array([False, True]),
        "plane": np.arange(4.0).reshape(2, 2),
        "label": "Z′ → µµ",
        "pair": (np.float64(1.5), None, float("inf")),
    }
    assert json.loads(numbers_file(numbers)) == {
        "edges": [0.0, 1 / 3, 1.0],
        "data": [3.0, None],
        "blinded": [False, True],
        "plane": [[0, 1], [2, 3]],
        "label": "Z′ → µµ",
        "pair": [1.5, None, None],
    }
    assert "Z′ → µµ" in numbers_file(numbers).decode()
