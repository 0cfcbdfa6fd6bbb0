import hashlib
import json

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.analysis.samples import read_samples
from hepline.errors import AnalysisError, DataError, FileUnreadable, NothingToFit
from hepline.show.content import coverage_note

ev = hl.events("nanoaod")
JETS = [[50, 40], [120], [], [30, 30, 30], [500]]
HT_COUNTS = [0, 0, 2, 1, 0, 1]  # 90, 120, 90 and 500 in bins of 50 from 0 to 200, with flow


def notices(result, kind):
    return [notice.text for notice in result.notices if notice.kind == kind]


def test_template_is_scaled_to_cross_section_times_luminosity(analysis, write_events, listing):
    write_events("a.root", JETS)
    result = analysis().run(listing({"sig": {"nominal": ["a.root"]}}))
    scale = 2.0 * 10.0 / 5
    template = result.templates["SR_sig"]
    np.testing.assert_allclose(template.values(flow=True), np.array(HT_COUNTS) * scale)
    np.testing.assert_allclose(template.variances(flow=True), np.array(HT_COUNTS) * scale**2)


def test_skimmed_file_is_normalized_to_what_was_generated(analysis, write_events, listing):
    write_events("a.root", JETS)
    result = analysis().run(listing({"sig": {"nominal": [{"path": "a.root", "nevts": 1000}]}}))
    np.testing.assert_allclose(
        result.templates["SR_sig"].values(flow=True), np.array(HT_COUNTS) * 20 / 1000
    )
    (coverage,) = result.coverage
    assert (coverage.events_read, coverage.normalized_to, coverage.fraction) == (5, 1000, 1.0)
    ((statement, files),) = coverage.checksums
    # uproot leaves baskets of five numbers as they are where zlib would not make them smaller.
    assert statement.startswith("in part")
    assert "zlib: Adler-32" in statement
    assert files == 1
    assert notices(result, "normalization") == [
        "sig (nominal) is normalized to 1000 generated events; 5 were stored in the files."
    ]


def test_files_of_a_sample_add_up(analysis, write_events, listing):
    write_events("a.root", JETS[:2])
    write_events("b.root", JETS[2:])
    result = analysis().run(listing({"sig": {"nominal": ["a.root", "b.root"]}}))
    np.testing.assert_allclose(
        result.templates["SR_sig"].values(flow=True), np.array(HT_COUNTS) * 4
    )
    assert result.coverage[0].files == 2
    assert result.events_read == 5


def test_recorded_data_are_neither_scaled_nor_weighted(analysis, write_events, listing):
    write_events("a.root", JETS)
    weight = hl.weight(0.5).vary(hl.nuisance("w"), up=2.0, down=0.5)
    files = {"sig": {"nominal": ["a.root"]}, "data": {"nominal": ["a.root"]}}
    result = analysis(weight=weight, data=True).run(listing(files))
    assert list(result.templates) == ["SR_sig", "SR_sig_w_up", "SR_sig_w_down", "SR_data"]
    np.testing.assert_array_equal(result.templates["SR_data"].values(flow=True), HT_COUNTS)
    np.testing.assert_array_equal(result.templates["SR_data"].variances(flow=True), HT_COUNTS)
    assert result.coverage[1].normalized_to == 0


def test_negative_weights_are_kept(write_events, listing):
    write_events("a.root", JETS, weights=[1, -1, 1, 1, -2])
    made = hl.Analysis("toy", luminosity=10.0, weight=hl.weight(ev.genWeight))
    made.sample("sig", cross_section=2.0)
    observable = hl.axis(hl.sum(ev.Jet.pt), 4, 0, 200)
    made.region("SR", where=hl.count(ev.Jet) >= 1, observable=observable)
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    scale = 2.0 * 10 / 5
    template = result.templates["SR_sig"]
    np.testing.assert_allclose(template.values(flow=True) / scale, [0, 0, 2, -1, 0, -2])
    np.testing.assert_allclose(template.variances(flow=True) / scale**2, [0, 0, 2, 1, 0, 4])


def test_cutflow_counts_what_is_left(analysis, write_events, listing):
    write_events("a.root", JETS)
    result = analysis().run(listing({"sig": {"nominal": ["a.root"]}}))
    (flow,) = result.cutflow
    assert (flow.region, flow.sample) == ("SR", "sig")
    assert [(step.name, step.entries) for step in flow.steps] == [("all events", 5), ("a jet", 4)]
    assert [step.events for step in flow.steps] == pytest.approx([20.0, 16.0])


def test_alternative_simulation_fills_its_own_template(analysis, write_events, listing):
    write_events("a.root", JETS)
    write_events("alt.root", JETS[:2] * 2)
    variations = {"ME_var": hl.alternative("ME", one_sided=True)}
    files = {"sig": {"nominal": ["a.root"], "ME_var": ["alt.root"]}}
    result = analysis(variations=variations).run(listing(files))
    assert list(result.templates) == ["SR_sig", "SR_sig_ME_var"]
    np.testing.assert_allclose(
        result.templates["SR_sig_ME_var"].values(flow=True), np.array([0, 0, 2, 2, 0, 0]) * 20 / 4
    )
    assert [part.variation for part in result.coverage] == ["nominal", "ME_var"]


def test_pseudodata_are_the_sum_of_their_terms(analysis, write_events, listing):
    write_events("a.root", JETS)
    write_events("alt.root", JETS[:2])
    made = analysis(variations={"ME_var": hl.alternative("ME", one_sided=True)})
    made.pseudodata({"sig": 1.0, "sig_ME_var": 0.5}, truth={"mu": 1.5})
    files = {"sig": {"nominal": ["a.root"], "ME_var": ["alt.root"]}}
    result = made.run(listing(files))
    expected = result.templates["SR_sig"].values(flow=True) + 0.5 * result.templates[
        "SR_sig_ME_var"
    ].values(flow=True)
    found = result.templates["SR_pseudodata"]
    np.testing.assert_array_equal(found.values(flow=True), expected)
    np.testing.assert_array_equal(found.variances(flow=True), expected)


def test_pseudodata_without_files_for_a_term_are_left_out(analysis, write_events, listing):
    write_events("a.root", JETS)
    made = analysis(variations={"ME_var": hl.alternative("ME", one_sided=True)})
    made.pseudodata({"sig": 1.0, "sig_ME_var": 0.5})
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    assert "SR_pseudodata" not in result.templates
    assert notices(result, "pseudo-data") == [
        "no pseudo-data in SR: the template SR_sig_ME_var is missing."
    ]


@pytest.mark.parametrize("damage", ["truncated", "text", "missing", "empty"])
def test_damaged_file_stops_the_run_before_reading(analysis, write_events, listing, damage):
    path = write_events("a.root", JETS)
    harm(path, damage)
    with pytest.raises(FileUnreadable) as caught:
        analysis().run(listing({"sig": {"nominal": ["a.root"]}}))
    assert str(path) in caught.value.what


def harm(path, damage):
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        kept = {"truncated": content[: len(content) // 2], "text": b"hello", "empty": b""}
        path.write_bytes(kept[damage])


@pytest.mark.parametrize("damage", ["truncated", "text", "missing", "empty"])
def test_skipped_file_is_named_and_not_normalized_to(analysis, write_events, listing, damage):
    write_events("a.root", JETS)
    path = write_events("b.root", JETS)
    harm(path, damage)
    files = [{"path": name, "nevts": 100} for name in ("a.root", "b.root")]
    result = analysis().run(listing({"sig": {"nominal": files}}), skip_unreadable=True)
    (coverage,) = result.coverage
    assert (coverage.files, coverage.events_read, coverage.normalized_to) == (1, 5, 100)
    assert coverage.fraction < 1
    ((skipped, reason),) = coverage.unreadable
    assert skipped == str(path)
    assert reason
    (text,) = notices(result, "coverage")
    assert str(path) in text
    np.testing.assert_allclose(
        result.templates["SR_sig"].values(flow=True), np.array(HT_COUNTS) * 20 / 100
    )


def test_sample_without_one_readable_file_is_an_error_even_when_skipping(
    analysis, write_events, listing
):
    harm(write_events("a.root", JETS), "text")
    with pytest.raises(DataError, match="none of the 1 files of sig nominal can be read"):
        analysis().run(listing({"sig": {"nominal": ["a.root"]}}), skip_unreadable=True)


def without_events(path):
    types = {
        "run": "uint32",
        "luminosityBlock": "uint32",
        "event": "uint64",
        "genWeight": "float32",
    }
    with uproot.recreate(path) as file:
        file.mktree("Events", {**types, "Jet_pt": "var * float32"})


@pytest.mark.parametrize("generated", [{}, {"nevts": 100}])
def test_simulation_without_events_gives_templates_of_zeros(
    analysis, write_events, listing, generated
):
    without_events(write_events("a.root", JETS))
    write_events("b.root", JETS)
    made = analysis()
    made.sample("bkg", cross_section=1.0)
    files = {"sig": {"nominal": ["b.root"]}, "bkg": {"nominal": [{"path": "a.root", **generated}]}}
    result = made.run(listing(files))
    assert not result.templates["SR_bkg"].values(flow=True).any()
    assert "the files of bkg (nominal) hold no events" in notices(result, "no events")[0]
    assert notices(result, "absent sample") == [
        "no event of bkg lies in any fitted bin: the model is made without it."
    ]
    assert result.coverage[1].normalized_to == generated.get("nevts", 0)
    assert result.model().fit()["mu"].value == pytest.approx(1.0, abs=1e-3)


def test_data_without_events_are_fitted_as_none(analysis, write_events, listing):
    without_events(write_events("a.root", JETS))
    write_events("b.root", JETS)
    files = {"sig": {"nominal": ["b.root"]}, "data": {"nominal": ["a.root"]}}
    result = analysis(data=True).run(listing(files))
    assert result.workspace()["observations"][0]["data"] == [0.0, 0.0]
    assert "the files of data (nominal) hold no events" in notices(result, "no events")[0]


def test_alternative_without_events_is_said(analysis, write_events, listing):
    without_events(write_events("a.root", JETS))
    write_events("b.root", JETS)
    made = analysis(variations={"ME_var": hl.alternative("ME", one_sided=True)})
    result = made.run(listing({"sig": {"nominal": ["b.root"], "ME_var": ["a.root"]}}))
    assert notices(result, "no events")[0].startswith("the files of sig (ME_var) hold no events")


def test_file_without_the_tree_is_said(analysis, listing, tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("Event", {"run": "uint32"})
        file.mktree("Runs", {"run": "uint32"})
    with pytest.raises(FileUnreadable, match="none of which is called 'Events'") as caught:
        analysis().run(listing({"sig": {"nominal": ["a.root"]}}))
    assert "choose one of 'Event', 'Runs'" in caught.value.fix


def test_lists_that_disagree_are_said(listing, tmp_path):
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        file.mktree(
            "Events", {"nJet": "int32", "Jet_pt": "var * float32", "Jet_eta": "var * float32"}
        )
        file["Events"].extend(
            {
                "nJet": np.array([2, 1], np.int32),
                "Jet_pt": ak.values_astype(ak.Array([[50.0, 40.0], [30.0]]), "float32"),
                "Jet_eta": ak.values_astype(ak.Array([[0.5, 0.1], [0.3, 0.2]]), "float32"),
            }
        )
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0)
    jet = ev.Jet[abs(ev.Jet.eta) < 2]
    made.region("SR", where=hl.count(jet) > 0, observable=hl.axis(hl.sum(jet.pt), 4, 0, 200))
    with pytest.raises(DataError) as caught:
        made.run(listing({"sig": {"nominal": ["a.root"]}}))
    assert "Jet_" in caught.value.what


def test_file_listed_twice_is_refused(analysis, write_events, listing):
    write_events("a.root", JETS)
    with pytest.raises(DataError, match=r"a\.root is given twice"):
        analysis().run(listing({"sig": {"nominal": ["a.root", "a.root"]}}))


def test_dead_variation_is_reported(write_events, listing):
    write_events("a.root", JETS)
    dead = hl.nuisance("nothing", one_sided=True)
    jet = ev.Jet.vary(dead, up={"pt": ev.Jet.pt * 1.0})
    made = hl.Analysis("toy", luminosity=10.0)
    made.sample("sig", cross_section=2.0)
    observable = hl.axis(hl.sum(jet.pt), 4, 0, 200)
    made.region("SR", where=hl.count(jet) >= 1, observable=observable)
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    (text,) = notices(result, "dead variation")
    assert "'nothing' changes no template" in text
    assert "test_run.py" in text


def test_living_variation_is_not_reported(write_events, listing):
    write_events("a.root", JETS)
    alive = hl.nuisance("jes", one_sided=True)
    jet = ev.Jet.vary(alive, up={"pt": ev.Jet.pt * 1.2})
    made = hl.Analysis("toy", luminosity=10.0)
    made.sample("sig", cross_section=2.0)
    observable = hl.axis(hl.sum(jet.pt), 4, 0, 200)
    made.region("SR", where=hl.count(jet) >= 1, observable=observable)
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    assert notices(result, "dead variation") == []
    np.testing.assert_allclose(
        result.templates["SR_sig_jes_up"].values(flow=True) / 4, [0, 0, 0, 3, 0, 1]
    )


def test_empty_templates_are_counted_and_named(analysis, write_events, listing):
    write_events("a.root", [[], []])
    result = analysis().run(listing({"sig": {"nominal": ["a.root"]}}))
    assert notices(result, "empty template") == [
        "1 of 1 templates are empty (no event passes): SR_sig."
    ]


def test_provenance_names_files_with_checksums_and_expressions(analysis, write_events, listing):
    path = write_events("a.root", JETS)
    result = analysis().run(listing({"sig": {"nominal": ["a.root"]}}))
    (record,) = result.provenance.files
    assert (record.path, record.entries, record.size) == (str(path), 5, path.stat().st_size)
    assert len(record.sha256) == 64
    named = dict(result.provenance.expressions)
    assert set(named) == {"weight", "SR: a jet", "SR: HT [GeV]", "SR: template"}
    assert "Jet_pt" in named["SR: HT [GeV]"] or "Jet.pt" in named["SR: HT [GeV]"]
    assert result.provenance.seeds == ()


@pytest.mark.parametrize(
    "wrong", [{"on": "moon"}, {"chunk": 0}, {"workers": 0}, {"engine": "awkard"}]
)
def test_options_that_mean_nothing_are_refused(analysis, write_events, listing, wrong):
    write_events("a.root", JETS)
    with pytest.raises(AnalysisError):
        analysis().run(listing({"sig": {"nominal": ["a.root"]}}), **wrong)


def test_misspelt_branch_is_found_before_reading(write_events, listing):
    write_events("a.root", JETS)
    made = hl.Analysis("toy", luminosity=10.0)
    made.sample("sig", cross_section=2.0)
    made.region("SR", where=ev.MET.pt > 1, observable=hl.axis(ev.MET.pt, 4, 0, 200))
    with pytest.raises(hl.HeplineError, match="MET_pt"):
        made.run(listing({"sig": {"nominal": ["a.root"]}}))


def test_list_may_be_given_as_content(analysis, write_events, listing):
    write_events("a.root", JETS)
    path = listing({"sig": {"nominal": ["a.root"]}})
    one, two = analysis().run(path), analysis().run(read_samples(path))
    assert list(one.templates) == list(two.templates)


def test_list_may_be_given_as_plain_content(analysis, write_events):
    path = write_events("a.root", JETS)
    result = analysis().run({"sig": {"nominal": {"files": [str(path)]}}})
    assert result.events_read == 5


def test_unread_file_of_unknown_length_makes_the_fraction_unknown(analysis, write_events, listing):
    write_events("a.root", JETS)
    path = write_events("b.root", JETS)
    harm(path, "truncated")
    files = listing({"sig": {"nominal": ["a.root", "b.root"]}})
    result = analysis().run(files, skip_unreadable=True)
    (coverage,) = result.coverage
    assert coverage.fraction is None
    assert (coverage.events_read, coverage.events_expected) == (5, None)
    assert "is not known" in notices(result, "coverage")[1]
    assert coverage_note(result.coverage) == "1 file not read"
    result.check()


def test_incomplete_recorded_data_are_not_fitted(analysis, write_events, listing):
    for name in ("a.root", "b.root", "c.root"):
        write_events(name, JETS)
    harm(write_events("c.root", JETS), "text")
    files = {"sig": {"nominal": ["a.root"]}, "data": {"nominal": ["b.root", "c.root"]}}
    result = analysis(data=True).run(listing(files), skip_unreadable=True)
    with pytest.raises(NothingToFit, match=r"recorded data 'data' are incomplete: .*c\.root"):
        result.workspace()


def test_model_that_lacks_a_sample_is_not_fitted(analysis, write_events, listing):
    write_events("a.root", JETS)
    made = analysis()
    made.sample("bkg", cross_section=5.0)
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    assert "nothing is fitted" in notices(result, "missing sample")[0]
    with pytest.raises(NothingToFit, match="the model lacks sample bkg"):
        result.model()


def test_fewer_generated_than_stored_events_are_refused(analysis, write_events, listing):
    write_events("a.root", JETS)
    with pytest.raises(DataError, match=r"a\.root of sample 'sig' has 5 events, but nevts is 3"):
        analysis().run(listing({"sig": {"nominal": [{"path": "a.root", "nevts": 3}]}}))


def test_number_of_generated_events_is_nothing_to_recorded_data(analysis, write_events, listing):
    write_events("a.root", JETS)
    data = {"nominal": [{"path": "a.root", "nevts": 3}]}
    files = listing({"sig": {"nominal": ["a.root"]}, "data": data})
    assert analysis(data=True).run(files).coverage[1].fraction == 1.0


def test_sum_of_weights_divides_the_cross_section(analysis, write_events, listing):
    weights = [1, -1, 1, 1, -2]
    write_events("a.root", JETS, weights=weights)
    files = listing({"sig": {"nominal": [{"path": "a.root", "nevts": 3, "sumw": 2.5}]}})
    result = analysis(weight=ev.genWeight).run(files)
    expected = np.array([0, 0, 2, -1, 0, -2]) * 20 / 2.5
    np.testing.assert_allclose(result.templates["SR_sig"].values(flow=True), expected)
    assert result.coverage[0].normalized_to == 2.5
    assert notices(result, "normalization") == [
        "sig (nominal) is normalized to a sum of generator weights of 2.5; 5 were stored in the "
        "files."
    ]


def test_normalizations_of_several_samples_take_one_line(analysis, write_events, listing):
    write_events("a.root", JETS)
    made = analysis()
    made.sample("bkg", cross_section=2.0)
    files = {
        "sig": {"nominal": [{"path": "a.root", "nevts": 1000}]},
        "bkg": {"nominal": [{"path": "a.root", "nevts": 30}]},
    }
    assert notices(made.run(listing(files)), "normalization") == [
        "2 sets of files stand for other numbers than they store: sig (nominal) to 1000 generated "
        "events (5 stored), bkg (nominal) to 30 generated events (5 stored)."
    ]


def test_generator_weights_without_their_sum_are_noticed(analysis, write_events, listing):
    write_events("a.root", JETS, weights=[3, -1, 1, 1, 2])
    result = analysis(weight=ev.genWeight).run(listing({"sig": {"nominal": ["a.root"]}}))
    assert notices(result, "normalization") == [
        "sig (nominal) is weighted by genWeight, but normalized to 5 events; the sum of weights "
        "is 6. Give sumw for each file. The tree 'Runs' of each file holds it as 'genEventSumw'."
    ]


def test_cutflow_weights_every_step(analysis, write_events, listing):
    write_events("a.root", JETS, weights=[3, -1, 4, 1, 2])
    result = analysis(weight=ev.genWeight).run(listing({"sig": {"nominal": ["a.root"]}}))
    (flow,) = result.cutflow
    assert [step.entries for step in flow.steps] == [5, 4]
    assert [step.events for step in flow.steps] == pytest.approx([9 * 4, 5 * 4])


@pytest.mark.parametrize("weight", [ev.Jet[0].pt / 10, hl.sum(ev.Jet.pt) / hl.count(ev.Jet)])
def test_weight_without_value_counts_as_one_before_the_last_cut(
    analysis, write_events, listing, weight
):
    write_events("a.root", [[50], [], [30]])
    result = analysis(weight=weight).run(listing({"sig": {"nominal": ["a.root"]}}))
    numbers = [5 + 1 + 3, 5 + 3] if weight.type.optional else [50 + 1 + 30, 50 + 30]
    (flow,) = result.cutflow
    assert [step.events * 3 / 20 for step in flow.steps] == pytest.approx(numbers)


def test_events_without_a_value_of_the_observable_are_noticed(write_events, listing):
    write_events("a.root", JETS)
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0)
    everything = hl.count(ev.Jet) >= 0
    made.region("lead", where=everything, observable=hl.axis(ev.Jet[0].pt, 4, 0, 200, "pt"))
    made.region("all", where=everything, observable=hl.axis(ev.Jet.pt, 4, 0, 200, "pt"))
    made.region("HT", where=everything, observable=hl.axis(hl.sum(ev.Jet.pt), 4, 0, 200, "HT"))
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    (text,) = notices(result, "missing observable")
    assert text.startswith("1 of 5 events of sig that pass lead have no value of pt")


@pytest.mark.parametrize(("files", "dead"), [("a.root", 1), ("b.root", 0)])
def test_alternative_equal_to_the_nominal_is_a_dead_variation(
    analysis, write_events, listing, files, dead
):
    write_events("a.root", JETS)
    write_events("b.root", JETS[:2])
    made = analysis(variations={"ME_var": hl.alternative("ME", one_sided=True)})
    result = made.run(listing({"sig": {"nominal": ["a.root"], "ME_var": [files]}}))
    found = notices(result, "dead variation")
    assert len(found) == dead
    assert all("'ME' changes no template" in text and "test_run.py" in text for text in found)


def test_provenance_holds_every_variation_and_random_stream(write_events, listing):
    path = write_events("a.root", JETS)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    note = {"file": {"sha256": digest}, "settings": {"seed": 7}}
    path.with_name("a.root.json").write_text(json.dumps(note))
    smeared = ev.Jet.pt * hl.normal(ev.Jet, stream="pt_res", mean=1.0, sigma=0.05)
    jet = ev.Jet.vary(hl.nuisance("JER", one_sided=True), up={"pt": smeared})
    elsewhere = hl.nuisance("SF", samples=["bkg"])
    weight = hl.weight(1.0).vary(elsewhere, up=1.25, down=0.75)
    made = hl.Analysis("toy", luminosity=1.0, weight=weight)
    for name in ("sig", "bkg"):
        made.sample(name, cross_section=1.0)
    made.region("SR", where=hl.count(jet) > 0, observable=hl.axis(hl.sum(jet.pt), 4, 0, 200, "HT"))
    result = made.run(listing({"sig": {"nominal": ["a.root"]}}))
    named = dict(result.provenance.expressions)
    for word in ("Random(pt_res", "Vary(jer", "Vary(sf", "1.25", "0.75", "Jet_pt", "0.05"):
        assert word in named["SR: template"]
    assert "…" not in named["SR: template"]
    assert named["weight"].startswith(f"key {weight.expression.node.key}\n")
    (stream, algorithm), generated = result.provenance.seeds
    assert stream.startswith("pt_res")
    assert algorithm == "Philox4x32-10 keyed by run, luminosityBlock, event, object"
    assert generated == (str(path), "7 (Pythia 8)")
