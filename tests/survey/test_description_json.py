"""What machines read: the keys that others rely on, and strict JSON."""

import json

import numpy as np

from hepline.survey.describe import describe_source, source_of
from hepline.survey.description_json import description_json


def test_keys_and_numbers(write_csv):
    file = write_csv(
        "a.csv",
        {
            "event": [1, 2, 2, 4],
            "x": [1.5, np.nan, -999.0, 2.5],
            "y": [7, 7, 7, 7],
            "name": list("abca"),
        },
    )
    content = description_json(describe_source(source_of(file)))
    text = json.dumps(content, allow_nan=False)
    assert json.loads(text) == content
    assert content["entries"] == 4
    assert content["duplicates"] == 1
    x = content["columns"]["x"]
    assert (x["type"], x["nan"], x["inf"], x["sentinels"]) == ("event * float64", 1, 0, 1)
    assert (x["min"], x["max"], x["constant"]) == (-999.0, 2.5, False)
    assert x["mean"] == np.mean([1.5, -999.0, 2.5])
    assert x["clean"] == {"min": 1.5, "max": 2.5, "mean": 2.0, "std": 0.5}
    assert content["columns"]["y"]["constant"] is True
    assert content["columns"]["y"]["std"] == 0.0
    text_column = content["columns"]["name"]
    assert text_column["type"] == "event * string"
    assert text_column["mean"] is None
    assert text_column["distinct"] == 3
