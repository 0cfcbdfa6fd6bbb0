import hepline as hl

ev = hl.events("nanoaod")


def test_everything_that_makes_a_number_is_named(tmp_path, write_flat):
    for name in ("sig", "TT", "data"):
        write_flat(f"{name}.root", MET_pt=[10.0, 60.0], HLT_a=[True, False])
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.sample("TT", cross_section=1.0, where=ev.MET.pt > 0, weight=0.5)
    made.data(files={"data": hl.part(where=ev.MET.pt < 99)})
    axis = hl.axis(ev.MET.pt, 1, 0, 100)
    plots = [hl.axis(ev.MET.phi, 1, -4, 4, "angle")]
    made.region("SR", where={"a": ev.HLT.a}, observable=axis, plots=plots)
    made.region("SS", where={"not a": ~ev.HLT.a}, observable=axis, fit=False)
    made.estimate("QCD", data="SS", subtract=["TT"], factor=1.06)
    files = {name: str(tmp_path / f"{name}.root") for name in ("sig", "TT", "data")}
    expressions = dict(made.run(files).provenance.expressions)
    assert expressions["SR: estimate QCD"] == "1.06 × (data − TT) of SS"
    names = {"weight", "sample TT: where", "sample TT: weight", "sample data: data", "SR: a"}
    assert names | {"SR: plot angle", "SR: template", "SS: not a"} <= expressions.keys()
    assert "MET_phi" in expressions["SR: plot angle"]


def test_policies_for_missing_values_are_remembered(tmp_path, write_flat):
    write_flat("data.root", MET_pt=[10.0, -999.0, 60.0])
    clean = ev.clean({"MET_pt": hl.missing(-999, then="drop")})
    made = hl.Analysis("toy", luminosity=1.0)
    made.data()
    axis = hl.axis(clean.MET.pt, 1, 0, 100)
    made.region("SR", observable=axis)
    result = made.run({"data": str(tmp_path / "data.root")})
    expressions = dict(result.provenance.expressions)
    assert expressions["missing values of MET_pt"] == "missing unless ~isin(MET_pt, -999.0)"
    assert expressions["SR: MET_pt is known"].startswith("~is_missing(mask(MET_pt")
    assert "MET_pt is known" in result.cutflow_table("SR").text()
