"""Weights for fakes; the oracles are matrices that NumPy inverts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.errors import LanguageError

PAIRS = [(True, True), (True, False), (False, True), (False, False)]


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """Events of two objects: shares of true and of fake ones, and whether they are tight."""
    import uproot

    random = np.random.default_rng(7)
    number = 400
    columns = {
        "run": np.ones(number, np.uint32),
        "Generator_r1": random.uniform(0.6, 1.0, number),
        "Generator_r2": random.uniform(0.6, 1.0, number),
        "Generator_f1": random.uniform(0.0, 0.5, number),
        "Generator_f2": random.uniform(0.0, 0.5, number),
        "HLT_t1": random.random(number) < 0.5,
        "HLT_t2": random.random(number) < 0.5,
        "HLT_t3": random.random(number) < 0.5,
    }
    path = tmp_path_factory.mktemp("fakes") / "events.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {name: values.dtype for name, values in columns.items()}).extend(
            columns
        )
    return hl.open(path), columns


def inverted(real, fake):
    """Fakes among tight objects for each (tight, loose): a row of the inverted matrices."""
    matrix = np.array([[1.0]])
    for r, f in zip(real, fake, strict=True):
        matrix = np.kron(matrix, [[r, f], [1 - r, 1 - f]])
    inverse = np.linalg.inv(matrix)
    tight = matrix[0].copy()
    tight[0] = 0.0  # both true: no fake
    return tight @ inverse


def test_weights_are_those_of_the_inverted_matrices(events):
    ev, columns = events
    gen, hlt = ev.Generator, ev.HLT
    one = np.asarray(hl.compute(hl.matrix_weight(gen.r1, gen.f1, hlt.t1)))
    two = np.asarray(
        hl.compute(hl.matrix_weight((gen.r1, gen.r2), (gen.f1, gen.f2), (hlt.t1, hlt.t2)))
    )
    for place in range(len(one)):
        r1, r2, f1, f2, t1, t2 = (
            columns[name][place]
            for name in (
                "Generator_r1",
                "Generator_r2",
                "Generator_f1",
                "Generator_f2",
                "HLT_t1",
                "HLT_t2",
            )
        )
        assert one[place] == pytest.approx(inverted([r1], [f1])[0 if t1 else 1], rel=1e-9)
        row = inverted([r1, r2], [f1, f2])
        assert two[place] == pytest.approx(row[PAIRS.index((t1, t2))], rel=1e-9, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.6, 1.0), st.floats(0.0, 0.5)), min_size=1, max_size=3),
    st.data(),
)
def test_what_is_put_in_comes_out(events, shares, data):
    """Expected counts of any mixture give the fakes of the mixture, exactly."""
    ev, columns = events
    hlt = ev.HLT
    conditions = [hlt.t1, hlt.t2, hlt.t3][: len(shares)]
    made = hl.compute(hl.matrix_weight([r for r, _ in shares], [f for _, f in shares], conditions))
    tight = np.stack([columns[f"HLT_t{number}"] for number in (1, 2, 3)[: len(shares)]])
    true = data.draw(st.lists(st.booleans(), min_size=len(shares), max_size=len(shares)))
    chance = np.ones(tight.shape[1])
    for (r, f), is_true, passes in zip(shares, true, tight, strict=True):
        share = r if is_true else f
        chance = chance * np.where(passes, share, 1 - share)
    # Every combination of tight and loose that occurs, once, with its probability.
    _, first = np.unique(tight, axis=1, return_index=True)
    assert len(first) == 2 ** len(shares)
    wanted = (
        0.0
        if all(true)
        else np.prod([r if t else f for (r, f), t in zip(shares, true, strict=True)])
    )
    estimate = float((np.asarray(made)[first] * chance[first]).sum())
    assert estimate == pytest.approx(wanted, abs=1e-9)


def test_a_fake_factor_is_the_ratio_of_tight_to_loose(events):
    ev, columns = events
    made = np.asarray(hl.compute(hl.fake_weight(ev.Generator.f1)))
    f1 = columns["Generator_f1"]
    np.testing.assert_allclose(made, f1 / (1 - f1), rtol=1e-12)
    assert hl.fake_weight(0.5) == 1.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((0.9, 0.8), (0.1,), ()), "of 2, 1, 0 objects"),
        (((), (), ()), "of 0, 0, 0 objects"),
        ((0.2, 0.4, None), "real=0.2 and fake=0.4"),
        ((0.9, 0.4, True), "tight=True"),
        ((1.9, 0.4, True), "real=1.9"),
        ((0.9, -0.4, True), "fake=-0.4"),
    ],
)
def test_senseless_shares_are_refused(arguments, words):
    with pytest.raises(LanguageError, match=words):
        hl.matrix_weight(*arguments)


def test_a_fake_factor_of_one_has_no_value():
    with pytest.raises(LanguageError, match="fake=1"):
        hl.fake_weight(1.0)
