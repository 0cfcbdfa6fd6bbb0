"""What every convention promises. A convention's own test inherits `Conformance`.

The subclass names the convention and gives a file of it; what must come out is said by uproot's
arrays, vector and plain Python, never by hepline.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.columns.conventions.convention import Convention
from hepline.columns.conventions.registry import CONVENTIONS, recognized
from hepline.columns.schema import ColumnSpec, symbolic
from hepline.engine.rules.bind import bind

SHARED = Path(__file__).parents[3] / "../shared/data"
ENGINES = ("reference", "awkward", "compiled")


def opened(path: Path, **options: Any):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hl.errors.DataWarning)
        return hl.open(path, **options)


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{name}")
    return path


def written(path: Path, tree: str, columns: Mapping[str, Any], **options: Any) -> Path:
    """A small TTree, as uproot writes it."""
    with uproot.recreate(path) as file:
        kinds = {
            name: ak.Array(values).type.content if isinstance(values, ak.Array) else values.dtype
            for name, values in columns.items()
        }
        file.mktree(tree, kinds, **options).extend(dict(columns))
    return path


class Conformance:
    """Inherit, and fill in what stands here.

    Attributes
    ----------
    convention : Convention
    tree : str
        What `hl.open` chooses by itself.
    stored : mapping of (str, str) to (str, float)
        Objects and field, to the stored column and what its numbers are divided by.
    momenta : tuple of str
        Collections with a whole four-momentum.
    single : bool
        Whether objects are one per event.
    identity : tuple of str
        Stored columns that tell events apart.
    """

    convention: Convention
    tree: str
    stored: Mapping[tuple[str, str], tuple[str, float]]
    momenta: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls, tmp_path_factory):
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def events(cls, path):
        return opened(path)

    @pytest.fixture(scope="class")
    @classmethod
    def tree_of(cls, path):
        """The same file, as uproot reads it."""
        with uproot.open(path) as file:
            yield file[cls.tree]

    def column(self, tree_of, name):
        names = tree_of.keys()
        keys = [key for key in names if key.rpartition("/")[2] == name]
        return tree_of[keys[0]].array()

    def test_it_is_recognized_and_said(self, events):
        assert events.origin.schema.convention == self.convention
        assert f"convention='{self.convention.name}'" in repr(events)
        assert events.origin.source.parts[0].tree == self.tree

    def test_it_is_a_value(self, events):
        again = pickle.loads(pickle.dumps(events.origin.schema))  # noqa: S301
        assert again.convention == self.convention
        assert again == events.origin.schema
        assert hash(again.convention) == hash(self.convention)

    def test_another_convention_may_be_stated(self, path):
        plain = opened(path, convention="plain")
        assert plain.origin.schema.convention.name == "plain"
        with pytest.raises(hl.errors.LanguageError, match="no convention 'nanoad'"):
            opened(path, convention="nanoad")

    def test_fields_are_stored_columns_in_gev(self, events, tree_of):
        asked = [events[group][field] for group, field in self.stored]
        raw = [events[column] for column, _ in self.stored.values()]
        found = hl.compute(*asked, *raw)
        for (column, divisor), gev, stored in zip(
            self.stored.values(), found, found[len(asked) :], strict=False
        ):
            expected = self.column(tree_of, column)
            assert stored.tolist() == expected.tolist(), column
            lone = column.partition(".")[0] in self.convention.lone
            depth = str(expected.type).count("var") - lone
            assert str(gev.type).count("var") == depth, column
            flat = (np.asarray(ak.flatten(each, axis=None), float) for each in (gev, expected))
            left, right = flat
            np.testing.assert_allclose(left, right / divisor, rtol=2e-7, err_msg=column)

    def test_momenta_equal_vector(self, events):
        vector = pytest.importorskip("vector", reason="vector is not installed")
        for name in self.momenta:
            record = events[name]
            polar = hl.compute(record.pt, record.eta, record.phi, record.mass)
            cartesian = hl.compute(record.px, record.py, record.pz, record.energy)
            flat = [np.asarray(ak.flatten(each, axis=None), float) for each in polar]
            expected = vector.array(dict(zip(("pt", "eta", "phi", "mass"), flat, strict=True)))
            # Along the beam there is no pseudorapidity to come back from.
            aside = flat[0] > 0
            for field, found in zip(("px", "py", "pz", "E"), cartesian, strict=True):
                np.testing.assert_allclose(
                    np.asarray(ak.flatten(found, axis=None))[aside],
                    getattr(expected, field)[aside],
                    rtol=1e-4,
                    atol=1e-4,
                    err_msg=f"{name}.{field}",
                )

    def test_symbolic_events_know_what_files_have(self, events):
        symbolic_events = hl.events(self.convention.name)
        assert symbolic_events.origin.schema.convention == self.convention
        # Names of collections are a matter of the experiment in some formats.
        known = symbolic_events.origin.schema.groups()
        names = [(group, field) for group, field in self.stored if group in known][:3]
        assert names
        for group, field in names:
            node, own = symbolic_events[group][field].node, events[group][field].node
            assert node.type.depth == own.type.depth, (group, field)
        # A recipe that is written without files runs on them.
        ours = hl.compute(*(symbolic_events[g][f] for g, f in names), source=events)
        theirs = hl.compute(*(events[g][f] for g, f in names))
        for left, right in zip(as_tuple(ours), as_tuple(theirs), strict=True):
            assert left.tolist() == right.tolist()

    def test_the_table_is_recognized_as_its_convention(self):
        schema = symbolic(self.convention)
        assert recognized(schema.columns) == self.convention
        for name in list(schema.columns)[:50]:
            assert bind(schema)(schema.column(name).node()) is schema.column(name).node()

    def test_events_are_told_apart_by_their_own_columns(self, events):
        identity = self.convention.identity(events.origin.schema.columns)
        assert tuple(filter(None, (identity.run, identity.block, identity.event))) == self.identity
        if not self.identity:
            with pytest.raises(hl.errors.LanguageError, match="no number of their own"):
                hl.uniform(events, stream="x")
            return
        number = hl.uniform(events, stream="x")
        (values,) = as_tuple(hl.compute(number))
        assert len(np.unique(values)) > 0.9 * len(values)

    def test_random_numbers_of_objects_are_those_of_the_definition(self, events):
        lists = [group for group, field in self.stored if events[group][field].type.depth == 1]
        if not self.identity or not lists:
            return
        number = hl.uniform(events[lists[0]], stream="x")
        expected = hl.compute(number, engine="reference")
        for options in ({"engine": "awkward"}, {"engine": "awkward", "chunk": 7}):
            assert hl.compute(number, **options).tolist() == expected.tolist()

    def test_names_are_unlike_those_of_other_conventions(self, events):
        known = events.origin.schema.columns
        others = [
            name
            for name, each in CONVENTIONS.items()
            if each != self.convention and name != "plain" and each.recognizes(known)
        ]
        assert not others

    def test_a_field_that_is_not_there_is_refused_with_the_nearest(self, events):
        (group, field), *_ = self.stored
        with pytest.raises(hl.errors.ColumnNotFound, match="no field"):
            events[group][f"{field}zz"]


def as_tuple(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def specs(names: Mapping[str, str | None], dtype: str = "float32") -> dict[str, ColumnSpec]:
    """Columns by name, each with the collection of its lists."""
    return {name: ColumnSpec(name, dtype, of) for name, of in names.items()}
