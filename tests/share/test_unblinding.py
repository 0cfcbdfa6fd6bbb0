"""A search with recorded data, blinded in every way, and what its files tell."""

import base64
import contextlib
import json
import re
import zlib
from datetime import UTC, datetime

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.analysis.templates import Templates
from hepline.errors import AnalysisError, FitError, ModelError, OutputError
from hepline.share.measurement import measure
from hepline.stats.blinding import secret_shift

pytestmark = pytest.mark.slow

SEARCH = """
import hepline as hl
ev = hl.events("nanoaod")
slope = hl.nuisance("slope")
w = hl.weight(1.0).vary(slope, up=1 + ev.MET.pt / 1000, down=1 - ev.MET.pt / 1000)
search = hl.Analysis("search", luminosity=1.0, luminosity_uncertainty=0.02, weight=w)
search.sample("sig", cross_section=200.0, normalization="mu")
search.sample("bkg", cross_section=3000.0)
search.data()
loose = ev.MET.pt > 20
met = hl.axis(ev.MET.pt, 4, 20, 100, "MET [GeV]")
high = hl.axis(ev.MET.pt, 4, 100, 200, "MET [GeV]")
search.region("CR", where={"loose": loose, "low": ev.MET.pt < 100}, observable=met)
search.region("SR", where={"loose": loose, "high": ev.MET.pt >= 100}, observable=high)
"""
POI = ("uncertainty=0.02, weight=w)", 'uncertainty=0.02, weight=w, blind="seven geese")')
REGION = ("observable=high)", "observable=high, blind=True)")
SIGNAL, OTHER = 270, 2900  # recorded events


def events(rng, signal, background):
    """Missing momenta of a peak and of a falling background."""
    return np.append(rng.normal(150, 5, signal), rng.exponential(60, background))


def write(path, pt):
    branches = {
        "run": np.ones(len(pt), np.uint32),
        "MET_pt": pt.astype(np.float32),
        "MET_phi": np.zeros(len(pt), np.float32),
    }
    with uproot.recreate(path) as file:
        types = {key: ak.type(column).content for key, column in branches.items()}
        file.mktree("Events", types).extend(branches)


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """``search(POI, REGION, out="a", unblind=True)``: measure, with the text of SEARCH changed."""
    tmp_path = tmp_path_factory.mktemp("search")
    rng = np.random.default_rng(5)
    for name, signal, background in (
        ("sig", 3000, 0),
        ("bkg", 0, 9000),
        ("data", SIGNAL, OTHER),
    ):
        write(tmp_path / f"{name}.root", events(rng, signal, background))

    def run(*changes, out="out", samples=("sig", "bkg", "data"), draw=False, **options):
        listing = {n: {"nominal": {"files": [f"{n}.root"]}} for n in samples}
        (tmp_path / "samples.json").write_text(json.dumps(listing))
        text = SEARCH
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "search.py").write_text(text)
        files = (tmp_path / "search.py", tmp_path / "samples.json", tmp_path / out)
        return measure(*files, figures="both" if draw else "none", **options)

    return run


@pytest.fixture(scope="module")
def plain(search):
    return search(out="plain", draw=True)


@pytest.fixture(scope="module")
def hidden(search):
    return search(POI, out="hidden", draw=True)


def summary(done):
    return json.loads((done.out / "summary.json").read_text())


def numbers(content):
    """All numbers of a JSON file but times."""
    if isinstance(content, dict):
        return [n for key, one in content.items() if key != "seconds" for n in numbers(one)]
    if isinstance(content, list):
        return [n for one in content for n in numbers(one)]
    return [content] if isinstance(content, float) else []


def texts(folder):
    """What can be read on the page, in the comments of its figures, and in PDF files."""
    page = (folder / "index.html").read_text()
    images = re.findall(r'data:image/svg\+xml;base64,([^"]+)', page)
    comments = [re.findall("<!--(.*?)-->", base64.b64decode(one).decode(), re.S) for one in images]
    yield re.sub(r'src="data:[^"]+"', "", page)
    yield "\n".join(text for found in comments for text in found)
    for path in folder.glob("figures/*.pdf"):
        for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.S):
            # Embedded fonts hold the end mark of a stream, and no text.
            with contextlib.suppress(zlib.error):
                yield zlib.decompress(stream).decode("latin1")


def test_true_value_is_in_no_file(plain, hidden):
    true, done = plain.fit["mu"], hidden
    assert done.fit["mu"].error == true.error
    shift = secret_shift("seven geese", "mu", true.error)
    assert done.fit["mu"].value == true.value + shift
    assert abs(shift) > 1.4 * true.error
    for path in done.out.glob("*.json"):
        found = np.array(numbers(json.loads(path.read_text())))
        assert len(found) > 10
        assert not (np.abs(found / true.value - 1) < 5e-4).any(), path.name
    spelt = f"{true.value:.4g}"
    for text in texts(done.out):
        assert spelt not in text
    assert f"{done.fit['mu'].value:.4f}"[:4] in next(texts(done.out))


def test_search_for_the_true_value_would_find_it(plain):
    """The test above can fail: the same search finds the value where it is shown."""
    spelt = f"{plain.fit['mu'].value:.4g}"
    assert spelt in next(texts(plain.out))
    found = np.array(numbers(summary(plain)))
    assert (np.abs(found / plain.fit["mu"].value - 1) < 5e-4).any()
    pulls = [text for text in texts(plain.out) if "slope" in text]
    assert len(pulls) > 1, "comments of figures are read too"
    assert any("Tj" in text or "TJ" in text for text in texts(plain.out)), "PDF files too"


def test_nobody_can_fit_the_files(hidden):
    """The workspace, and one made from the histograms, hold expected events where mu acts."""
    written = json.loads((hidden.out / "workspace.json").read_text())
    assert hl.Model(written).fit()["mu"].value == pytest.approx(1.0, abs=0.2)
    observed = {one["name"]: one["data"] for one in written["observations"]}
    templates = Templates.read(hidden.out / "histograms.root")
    assert "CR_data" in templates
    assert "SR_data" not in templates
    expected = templates["SR_sig"].values() + templates["SR_bkg"].values()
    np.testing.assert_allclose(observed["SR"], expected)
    assert observed["CR"] == templates["CR_data"].values().tolist()


TELLING = re.compile(r"started|/data\.root|[0-9.]+ m?s</|events per second")
"""Lines of the page that name the input, or say how long something took."""


def settled(content):
    """What a JSON file says, but times and what identifies the input."""
    if isinstance(content, dict):
        gone = {"seconds", "events_per_second", "started", "size", "sha256"}
        return {key: settled(one) for key, one in content.items() if key not in gone}
    return [settled(one) for one in content] if isinstance(content, list) else content


def everything(folder):
    """Contents of all files by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".json":
            found[path.name] = settled(json.loads(path.read_text()))
        elif path.suffix == ".root":
            found |= {
                key: one.values(flow=True).tolist() for key, one in Templates.read(path).items()
            }
        elif path.suffix == ".png":
            found[path.name] = path.read_bytes()
        elif path.suffix == ".html":
            lines = re.sub(r'src="data:[^"]+"', "", path.read_text()).splitlines()
            found[path.name] = [line for line in lines if not TELLING.search(line)]
    return found


WITH_PLOTS = (
    (
        "observable=met)",
        "observable=met, plots=[hl.axis(ev.MET.phi, 3, -4, 4, 'angle')], "
        "n_minus_1={'low': hl.axis(ev.MET.pt, 9, 20, 200, 'MET [GeV]')})",
    ),
    (
        "observable=high)",
        "observable=high, blind=True, plots=[hl.axis(ev.MET.pt, 3, 100, 400, 'tail')], "
        "n_minus_1={'high': hl.axis(ev.MET.pt, 9, 20, 200, 'MET [GeV]')})\n"
        "side = (ev.MET.pt > 10) & (ev.MET.pt < 20)\n"
        "search.region('side', where={'side': side}, fit=False)\n"
        "search.estimate('fakes', data='side', subtract=['bkg'], factor=0.1)",
    ),
)


@pytest.mark.parametrize("changes", [(REGION,), WITH_PLOTS])
def test_no_file_depends_on_the_data_of_a_blind_region(search, changes):
    """Two sets of data that differ in the signal region alone give the same files."""
    one = search(*changes, out="one", draw=True)
    data = one.out.parent / "data.root"
    before = data.read_bytes()
    with uproot.open(data) as file:
        pt = file["Events"]["MET_pt"].array(library="np")
    inside = np.flatnonzero(pt >= 100)
    pt[inside] = 103 + (pt[inside] - 100) / 2
    pt[inside[::5]] = 5.0  # where no region is: as many events in all, and fewer in the region
    try:
        write(data, pt)
        other = search(*changes, out="other", draw=True)
        seen = search(out="seen")
    finally:
        data.write_bytes(before)
    assert "CR_data" in everything(one.out)
    first, second = everything(one.out), everything(other.out)
    assert first.keys() == second.keys()
    for name, content in first.items():
        assert content == second[name], name
    shown = search(out="shown")
    assert everything(shown.out) != everything(seen.out), "where nothing is hidden, they differ"


@pytest.mark.parametrize("changes", [(POI,), (REGION,), (POI, REGION)])
def test_data_of_the_signal_region_are_in_no_table(search, plain, changes):
    done = search(*changes)
    seen = int(plain.result.templates["SR_data"].values(flow=True).sum())
    shared = next(
        flow.steps[1].entries
        for flow in plain.result.cutflow
        if (flow.region, flow.sample) == ("SR", "data")
    )
    counts = {
        step["entries"]
        for flow in summary(done)["cutflow"]
        if flow["sample"] == "data"
        for step in flow["steps"]
    }
    assert {seen, shared} & counts == set()
    assert SIGNAL + OTHER in counts
    page = next(texts(done.out))
    assert "Blinding: blinded." in page
    assert not re.search(rf"\b{seen}\b", page)
    assert re.search(rf"\b{seen}\b", next(texts(plain.out)))


def test_figures_say_blinded_and_none_shows_the_signal_after_the_fit(plain, hidden):
    drawn = {path.stem for path in (hidden.out / "figures").glob("*.png")}
    assert {"prefit_SR", "prefit_CR", "postfit_CR", "pulls"} <= drawn
    assert "postfit_SR" not in drawn
    assert (plain.out / "figures/postfit_SR.png").exists()
    page = (hidden.out / "index.html").read_text()
    assert "Pre-fit distribution in SR: hidden (blinded) events in data" in page
    assert "Data: blinded" in "".join(texts(hidden.out))
    assert "<td>blinded</td>" in page
    assert "Not the measured value." in page
    assert "<dd>blinded</dd>" in page


def test_result_in_memory_shows_no_more_than_the_files(hidden):
    assert "SR_data" not in hidden.result.templates
    assert "SR_data" not in repr(hidden.result)
    assert hidden.result.model().fit()["mu"].value == pytest.approx(1.0, abs=0.2)


def test_blind_region_is_fitted_with_what_is_expected(search):
    """Not even read: the fit of the data and that of the workspace are one."""
    done = search(REGION)
    assert len(done.result.withheld) == 0
    refitted = hl.Model(json.loads((done.out / "workspace.json").read_text())).fit()
    assert done.fit["mu"] == refitted["mu"]
    assert summary(done)["fit"]["twice_nll"] == refitted.twice_nll


def test_regions_that_are_not_read_do_not_tell_the_shift_of_those_that_are(search, hidden):
    """The signal region decides, and is expected events: mu is one, and the shift shown − 1."""
    asimov = search(POI, REGION)
    error = asimov.fit["mu"].error
    told = asimov.fit["mu"].value - 1.0
    assert abs(told) > 1.3 * error
    shift = secret_shift("seven geese", "mu", hidden.fit["mu"].error)
    assert abs(told - shift) > 0.5 * error
    assert told == pytest.approx(secret_shift("seven geese", "mu", error, of=["SR"]), abs=error)


def test_region_that_asks_for_it_shows_its_data(search):
    done = search(POI, ("observable=high)", "observable=high, blind=False)"))
    assert "SR_data" in done.result.templates
    page = (done.out / "index.html").read_text()
    assert "<td>blinded</td>" not in page


def test_another_phrase_gives_another_shift(search):
    one = search(POI)
    again = search(POI, out="again")
    two = search((POI[0], POI[1].replace("geese", "ducks")), out="other")
    assert one.fit["mu"] == again.fit["mu"]
    assert one.fit["mu"].value != two.fit["mu"].value
    assert one.fit["slope"] == two.fit["slope"]


def test_unblinded_is_what_one_gets_without_blinding_bit_for_bit(search, plain):
    lifted = search(POI, REGION, out="lifted", unblind=True, draw=True)
    for name in ("workspace.json", "figures/prefit_SR.png", "figures/postfit_SR.png"):
        assert (plain.out / name).read_bytes() == (lifted.out / name).read_bytes()
    one, two = (Templates.read(done.out / "histograms.root") for done in (plain, lifted))
    assert list(one) == list(two)
    for key, histogram in one.items():
        assert histogram.view(flow=True).tobytes() == two[key].view(flow=True).tobytes()
    fits = [summary(done)["fit"] | {"seconds": 0} for done in (plain, lifted)]
    assert fits[0] == fits[1]
    assert summary(plain)["cutflow"] == summary(lifted)["cutflow"]
    assert summary(plain)["notices"] == summary(lifted)["notices"]


def test_summary_says_what_is_hidden(plain, hidden):
    assert summary(plain)["blinding"] == {
        "state": "none",
        "since": None,
        "reason": "",
        "regions": [],
        "poi": False,
        "note": "",
    }
    told = summary(hidden)
    assert told["blinding"] == {
        "state": "blinded",
        "since": None,
        "reason": "",
        "regions": ["SR"],
        "poi": True,
        "note": "Hidden: the data of SR and the value of mu.",
    }
    assert told["fit"]["twice_nll"] is None


def test_first_unblinding_is_kept_by_all_later_runs(search):
    began = datetime.now(UTC).replace(microsecond=0)
    first = search(POI, out="record", unblind=True, reason="approved on Monday")
    record = json.loads((first.out / "unblinding.json").read_text())
    assert began <= datetime.fromisoformat(record["since"]) <= datetime.now(UTC)
    assert record["reason"] == "approved on Monday"
    told = summary(first)["blinding"]
    assert (told["state"], told["since"]) == ("unblinded", record["since"])
    assert told["regions"] == ["SR"]
    page = next(texts(first.out))
    assert f"was lifted on {record['since']}: approved on Monday." in page
    # A later time must not replace the first one.
    record["since"] = "2020-01-01T00:00:00+00:00"
    (first.out / "unblinding.json").write_text(json.dumps(record))
    again = search(POI, out="record", unblind=True, reason="another")
    assert json.loads((again.out / "unblinding.json").read_text()) == record
    hidden = search(POI, out="record")
    told = summary(hidden)["blinding"]
    assert (told["state"], told["since"]) == ("blinded", record["since"])
    assert "was lifted before, on 2020-01-01" in next(texts(hidden.out))
    undeclared = search(out="record")
    assert summary(undeclared)["blinding"]["since"] == record["since"]


def test_nothing_is_recorded_where_nothing_was_hidden(search):
    done = search(unblind=True, out="nothing")
    assert summary(done)["blinding"]["state"] == "none"
    assert not (done.out / "unblinding.json").exists()


def test_reason_without_unblinding_is_refused(search):
    with pytest.raises(AnalysisError, match="a reason"):
        search(POI, reason="curiosity")


def test_record_that_cannot_be_read_is_not_replaced(search, tmp_path):
    (tmp_path / "unblinding.json").write_text("{}")
    with pytest.raises(OutputError, match=r"unblinding\.json cannot be read"):
        search(POI, out=tmp_path, unblind=True)
    assert (tmp_path / "unblinding.json").read_text() == "{}"


PSEUDO = ("search.data()", 'search.pseudodata({"sig": 2, "bkg": 1}, truth={"mu": 2.0})')


def test_pseudo_data_stay_visible_and_the_report_says_why(search):
    done = search(POI, REGION, PSEUDO, samples=("sig", "bkg"))
    assert done.fit["mu"].value == pytest.approx(2.0, abs=0.1)
    told = summary(done)["blinding"]
    assert told["state"] == "none"
    assert told["note"] in next(texts(done.out))
    assert "does not apply to pseudo-data" in told["note"]


def test_pseudo_data_are_hidden_if_asked(search):
    blind = (PSEUDO[0], PSEUDO[1].replace("truth", "blind=True, truth"))
    done = search(POI, blind, samples=("sig", "bkg"))
    assert "SR_pseudodata" not in done.result.templates
    assert summary(done)["blinding"]["state"] == "blinded"
    assert summary(done)["truth"] == {}
    assert abs(done.fit["mu"].value - 2.0) > done.fit["mu"].error
    # A rehearsal, whose truth is known, tells nothing of the real data.
    error = done.fit["mu"].error
    rehearsed = secret_shift("seven geese", "mu", error, of=["pseudodata"])
    assert done.fit["mu"].value - 2.0 == pytest.approx(rehearsed, abs=error)
    assert abs(rehearsed - secret_shift("seven geese", "mu", error)) > error


def test_fit_that_fails_tells_nothing(search, monkeypatch):
    def fails(_):
        raise FitError("'mu' = 3.21.", why="31 events.", fix="no.")

    monkeypatch.setattr(hl.Model, "fit", fails)
    done = search(POI)
    assert done.fit_failed
    assert done.no_fit_reason.startswith("the fit of the hidden data failed.")
    assert "3.21" not in (done.out / "summary.json").read_text()


def test_another_parameter_of_interest_would_show_the_hidden_one(search):
    second = ("cross_section=3000.0", 'cross_section=3000.0, normalization="nu"')
    chosen = ('blind="seven geese"', 'blind="seven geese", poi="mu"')
    done = search(POI, second, chosen)
    with pytest.raises(ModelError, match="'nu' of a blinded analysis"):
        done.result.model(poi="nu")
    with pytest.raises(AnalysisError, match="poi='nu' of a blinded analysis"):
        search(POI, second, chosen, poi="nu")
