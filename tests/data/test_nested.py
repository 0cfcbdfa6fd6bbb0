"""Names of the columns that nested fields become."""

from hepline.data.nested import Nested, flattened, schema_of_flat


def number(name, place=None):
    return Nested(name, place or name, "float32")


def names(*fields):
    return {flat.name: flat.collection for flat in flattened(fields)}


def test_records_lists_and_lists_of_records():
    muons = Nested("Good_Muon", 1, item=Nested("_0", members=(number("pt"), number("eta"))))
    pt = Nested("Jet_pt", 2, item=number("_0"))
    met = Nested("MET", members=(number("pt"), Nested("sig", members=(number("xx"),))))
    assert names(muons, pt, met, number("run")) == {
        "Good_Muon_pt": "Good_Muon",
        "Good_Muon_eta": "Good_Muon",
        "Jet_pt": "Jet",
        "MET_pt": None,
        "MET_sig_xx": None,
        "run": None,
    }


def test_what_has_no_meaning_is_left_out():
    pair = Nested("pair", members=(number("_0"), number("_1")))
    assert names(pair, Nested("word")) == {}


def test_lists_in_lists_have_axes_of_their_own_or_share_those_of_records():
    deep = Nested("x_y", 1, item=Nested("_0", 2, item=number("_0")))
    tracks = Nested("Track", 4, item=Nested("_0", members=(number("pt"), number("n"))))
    hits = Nested("hit", 5, item=number("_0"))
    jet = Nested("Jet", 3, item=Nested("_0", members=(number("pt"), tracks, hits)))
    schema, _ = schema_of_flat("a.root", flattened([deep, jet]), {})
    shapes = {n: (s.collection, s.axis, s.inner) for n, s in schema.columns.items()}
    assert shapes == {
        "x_y": ("x", "x_y[]", ("x_y[][]",)),
        "Jet_pt": ("Jet", "Jet", ()),
        "Jet_Track_pt": ("Jet", "Jet", ("Jet_Track",)),
        "Jet_Track_n": ("Jet", "Jet", ("Jet_Track",)),
        "Jet_hit": ("Jet", "Jet", ("Jet_hit[][]",)),
    }


def test_a_name_that_stands_for_two_fields_is_left_out():
    met = Nested("MET", members=(number("pt"), number("phi")))
    assert names(met, number("MET_pt")) == {"MET_phi": None}


def test_members_of_base_classes_and_dots():
    base = Nested(":_0", members=(number("px"),))
    assert names(Nested("Aux.", members=(base, number("pt")))) == {"Aux.px": None, "Aux.pt": None}
    assert names(Nested("JetsAuxDyn.pt_x", 1, item=number("_0"))) == {
        "JetsAuxDyn.pt_x": "JetsAuxDyn"
    }


def test_lists_with_a_counter_are_apart_from_those_without():
    lists = [Nested(name, place, item=number("_0")) for name, place in (("pt", 1), ("eta", 1))]
    stray = Nested("Muon_x", 2, item=number("_0"))
    flats = flattened([*lists, stray, Nested("nMuon", "n", "uint32")])
    schema, columns = schema_of_flat("a.root", flats, {1: "nMuon"})
    assert {name: flat.collection for name, flat in columns.items()} == {
        "pt": "Muon",
        "eta": "Muon",
        "Muon_x": "Muon",
        "nMuon": None,
    }
    axes = {name: flat.axis for name, flat in columns.items()}
    assert axes == {"pt": "Muon", "eta": "Muon", "Muon_x": "Muon_x[]", "nMuon": None}
    assert schema.counters == {"Muon": "nMuon"}


def test_only_an_integer_counts():
    jets = Nested("Jet_pt", 1, item=number("_0"))
    schema, _ = schema_of_flat("a.root", flattened([jets, number("nJet")]), {})
    assert schema.counters == {}
