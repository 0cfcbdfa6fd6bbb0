"""Every event is read, cut, without a value, outside of the bins, or in one: the sums close."""

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.analysis.results import Tally

NAN = np.nan
ENGINES = ("reference", "awkward", "compiled")
FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
PT = st.sampled_from([5.0, 15.0, 25.0, 35.0, 40.0, 90.0, -5.0, np.inf, NAN])
EVENT = st.tuples(
    st.lists(PT, max_size=3),
    st.sampled_from([0.5, 1.0, -0.25, 2.0]),
    st.integers(0, 4),
    st.lists(st.sampled_from([10.0, 30.0]), max_size=1),
)
EVENTS = st.lists(EVENT, min_size=1, max_size=30)
# Axis from 0 to 40 in four bins, of which the middle two are fitted.
LOW, HIGH = 10.0, 30.0


def written(path, events):
    """A file with jets, generated jets, a weight and a number for cuts."""
    jets, weights, numbers, gen = (list(column) for column in zip(*events, strict=True))
    columns = {"run": np.ones(len(events), np.uint32)}
    columns["genWeight"] = np.array(weights, np.float32)
    columns["Flag_n"] = np.array(numbers, np.int32)
    for name, lists in (("Jet", jets), ("GenJet", gen)):
        pt = ak.values_astype(ak.Array([*lists, [1.0]])[:-1], np.float32)
        columns[name] = ak.zip({"pt": pt, "eta": ak.zeros_like(pt), "phi": ak.zeros_like(pt)})
    with uproot.recreate(path) as file:
        types = {name: ak.type(column).content for name, column in columns.items()}
        file.mktree("Events", types).extend(columns)
    return path


def observables(ev):
    return {
        "first": ev.Jet[0].pt,  # missing without a jet
        "list": ev.Jet.pt,  # several values, or none
        "matched": ev.Jet.nearest(ev.GenJet).pt,  # a list with missing values
        "HT": hl.sum(ev.Jet.pt),
    }


def declared(ev, cuts):
    made = hl.Analysis("toy", luminosity=3.0, weight=ev.genWeight)
    made.sample("sig", cross_section=2.0)
    made.data()
    where = {f"n > {cut}": ev.Flag.n > cut for cut in cuts}
    for name, observable in observables(ev).items():
        axis = hl.axis(observable, 4, 0, 40, "pt")
        made.region(name, where=where, observable=axis, fit_bins=[LOW, 20, HIGH])
    return made


def by_hand(events, cuts, name, weighted):
    """What NumPy and plain loops make of one region: tallies by name, without scale."""
    jets, weights, numbers, gen = zip(*events, strict=True)
    weights = weights if weighted else [1.0] * len(events)
    left = np.ones(len(events), bool)
    removed = []
    for cut in cuts:
        passed = left & (np.array(numbers) > cut)
        gone = np.array(weights)[left & ~passed]
        removed.append((len(gone), gone.sum()))
        left = passed
    values, empty = [], []
    for place in np.flatnonzero(left):
        own = [np.float32(pt) for pt in jets[place]]
        if name == "first":
            entries = own[:1] or [None]
        elif name == "HT":
            entries = [np.add.reduce(np.array(own, np.float32), initial=np.float32(0))]
        elif name == "matched":
            entries = [gen[place][0] if gen[place] else None for _ in own]
        else:
            entries = own
        values += [(value, weights[place]) for value in entries]
        empty += [weights[place]] * (not entries)
    tallies = {
        "missing": [w for v, w in values if v is None],
        "undefined": [w for v, w in values if v is not None and np.isnan(v)],
        "below": [w for v, w in values if v is not None and v < LOW],
        "inside": [w for v, w in values if v is not None and LOW <= v < HIGH],
        "above": [w for v, w in values if v is not None and v >= HIGH],
        "entries": [w for _, w in values],
        "empty": empty,
        "selected": np.array(weights)[left],
    }
    return removed, {key: (len(part), float(np.sum(part))) for key, part in tallies.items()}


def check(result, events, cuts):
    accounts = {(a.region, a.sample): a for a in result.accounting}
    assert len(accounts) == len(result.accounting) == 8
    for (name, sample), account in accounts.items():
        scale = 6.0 / len(events) if sample == "sig" else 1.0
        removed, tallies = by_hand(events, cuts, name, weighted=sample == "sig")
        assert account.read == len(events)
        steps = [(tally.entries, tally.events) for _, tally in account.cuts]
        assert steps == [(count, pytest.approx(sum_ * scale)) for count, sum_ in removed]
        for key, (count, sum_) in tallies.items():
            found = getattr(account, key)
            assert (found.entries, found.events) == (count, pytest.approx(sum_ * scale)), key
        assert_closes(account)
        template = result.templates[f"{name}_{sample}"].values(flow=True)
        assert account.inside.events == pytest.approx(template[2:4].sum())
        assert (account.below + account.inside + account.above).events == pytest.approx(
            template.sum()
        )


def assert_closes(account):
    cut = sum((tally for _, tally in account.cuts), Tally())
    assert account.read == cut.entries + account.selected.entries
    parts = account.missing + account.undefined + account.outside + account.inside
    assert parts.entries == account.entries.entries
    assert parts.events == pytest.approx(account.entries.events)
    if not account.is_list:
        assert account.entries == account.selected
        assert account.empty == Tally()


@FEW
@given(EVENTS, st.lists(st.integers(0, 3), max_size=2))
@pytest.mark.parametrize("engine", ["reference", "awkward"])
def test_sums_close_on_random_analyses(tmp_path, engine, events, cuts):
    cuts = list(dict.fromkeys(cuts))
    path = str(written(tmp_path / "a.root", events))
    files = {name: {"nominal": {"files": [path]}} for name in ("sig", "data")}
    made = declared(hl.open(path), cuts)
    check(made.run(files, engine=engine, chunk=7), events, cuts)


def test_sums_close_in_the_compiled_engine(tmp_path):
    """One recipe, so that it is compiled once; many events."""
    rng = np.random.default_rng(4)
    choice = [5.0, 15.0, 25.0, 35.0, 40.0, 90.0, -5.0, np.inf, NAN]
    events = [
        (
            rng.choice(choice, rng.integers(0, 4)).tolist(),
            float(rng.choice([0.5, 1.0, -0.25, 2.0])),
            int(rng.integers(0, 5)),
            rng.choice([10.0, 30.0], rng.integers(0, 2)).tolist(),
        )
        for _ in range(400)
    ]
    path = str(written(tmp_path / "a.root", events))
    files = {name: {"nominal": {"files": [path]}} for name in ("sig", "data")}
    made = declared(hl.open(path), [0, 2])
    check(made.run(files, engine="compiled", chunk=150), events, [0, 2])


def notices(result, kind):
    return [notice.text for notice in result.notices if notice.kind == kind]


def toy(**observable):
    ev = hl.events("nanoaod")
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0)
    for name, axis in observable.items():
        made.region(name, where=hl.count(ev.Jet) >= 0, observable=axis)
    return made


def test_an_observable_that_is_no_number_is_noticed(write_events, listing):
    write_events("a.root", [[50], [10], [30], [120]])
    pt = hl.events("nanoaod").Jet[0].pt
    made = toy(root=hl.axis(np.sqrt(pt - 20), 4, 0, 20, "root"))
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    (text,) = notices(result, "undefined observable")
    assert text.startswith("1 of 4 events of sig that pass root have a root that is not a number")
    assert result.templates["root_sig"].values(flow=True).sum() == pytest.approx(0.75)
    (account,) = result.accounting
    assert account.undefined == Tally(1, 0.25)


def test_a_variation_that_makes_values_undefined_is_noticed(write_events, listing):
    write_events("a.root", [[50], [21], [30], [120]])
    ev = hl.events("nanoaod")
    jet = ev.Jet.vary(hl.nuisance("scale", one_sided=True), up={"pt": ev.Jet.pt * 0.9})
    made = toy(root=hl.axis(np.sqrt(jet[0].pt - 20), 4, 0, 20, "root"))
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    (text,) = notices(result, "undefined observable")
    assert text.startswith("under 'scale_up', 1 of 4 events of sig that pass root")
    varied = next(a for a in result.accounting if a.variation == "scale_up")
    assert (varied.undefined.entries, varied.inside.entries) == (1, 3)


def test_a_sample_beyond_the_fitted_bins_is_noticed(write_events, listing):
    write_events("a.root", [[500]] * 9 + [[50]])
    pt = hl.sum(hl.events("nanoaod").Jet.pt)
    result = toy(SR=hl.axis(pt, 4, 0, 200, "HT [GeV]")).run(
        listing({"sig": {"nominal": ["a.root"]}})
    )
    (text,) = notices(result, "outside the bins")
    assert "of SR (0 to 200): sig (90.0 % above, 9 of 10)" in text
    (account,) = result.accounting
    assert (account.above.entries, account.inside.entries) == (9, 1)


def test_a_small_tail_stands_in_the_accounts_only(write_events, listing):
    write_events("a.root", [[50]] * 39 + [[500]])
    pt = hl.sum(hl.events("nanoaod").Jet.pt)
    result = toy(SR=hl.axis(pt, 4, 0, 200)).run(listing({"sig": {"nominal": ["a.root"]}}))
    assert not notices(result, "outside the bins")
    assert result.accounting[0].above.entries == 1


def test_a_sample_that_leaves_the_model_is_noticed(write_events, listing):
    write_events("a.root", [[60], [160]])
    write_events("b.root", [[500], [600]])
    ev = hl.events("nanoaod")
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.sample("bkg", cross_section=1.0)
    for name, last in (("low", 200), ("all", 800)):
        axis = hl.axis(hl.sum(ev.Jet.pt), 4, 0, last)
        made.region(name, where=hl.count(ev.Jet) >= 0, observable=axis)
    two = {"sig": {"nominal": ["b.root"]}, "bkg": {"nominal": ["a.root"]}}
    assert notices(made.run(listing(two)), "absent sample") == [
        "no event of sig lies in the fitted bins of low: the model is made without it there."
    ]
    del made.regions["all"]
    assert notices(made.run(listing(two)), "absent sample") == [
        "no event of the signal sig lies in any fitted bin: the model is made without it."
    ]


def test_events_in_merged_bins_are_counted(write_events, listing):
    write_events("a.root", [[60], [60], [160]])
    pt = hl.sum(hl.events("nanoaod").Jet.pt)
    result = toy(SR=hl.axis(pt, 4, 0, 200)).run(listing({"sig": {"nominal": ["a.root"]}}))
    (account,) = result.accounting
    # The first bin joins the second, the third the fourth.
    assert account.merged == account.inside == Tally(3, pytest.approx(1.0))


def test_data_of_a_hidden_region_are_not_accounted_for(write_events, listing):
    write_events("a.root", [[60], [60], [160]])
    ev = hl.events("nanoaod")
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.data()
    two = {"a jet": hl.count(ev.Jet) >= 1, "hard": ev.Jet[0].pt > 100}
    made.region("SR", where=two, observable=hl.axis(ev.Jet[0].pt, 4, 0, 200), blind=True)
    made.region("CR", where=two, observable=hl.axis(ev.Jet[0].pt, 4, 0, 200))
    files = {"sig": {"nominal": ["a.root"]}, "data": {"nominal": ["a.root"]}}
    result = made.run(listing(files))
    found = {(a.region, a.sample): a for a in result.accounting}
    assert set(found) == {("SR", "sig"), ("CR", "sig"), ("CR", "data")}
    assert [name for name, _ in found["CR", "data"].cuts] == ["all cuts"]
    assert found["CR", "data"].cuts[0][1].entries == 2
