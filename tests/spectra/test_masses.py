"""Masses by hand, with awkward and numpy, from every format; and what is refused."""

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.errors import AnalysisError, ColumnNotFound, DataError
from hepline.spectra.combination import Combination
from hepline.spectra.masses import mass_values, masses_of

MUON = 0.1056583755
TWO = (("pt1", "eta1", "phi1"), ("pt2", "eta2", "phi2"))


def momentum(pt, eta, phi, mass):
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz


def invariant(*momenta):
    e, px, py, pz = (sum(one[i] for one in momenta) for i in range(4))
    return np.sqrt(e**2 - px**2 - py**2 - pz**2)


def muons(events=400, seed=3):
    """Lists of muons, as plain arrays."""
    random = np.random.default_rng(seed)
    counts = random.integers(0, 5, events)
    total = int(counts.sum())
    fields = {
        "pt": random.exponential(20, total) + 3,
        "eta": random.normal(0, 1.2, total),
        "phi": random.uniform(-np.pi, np.pi, total),
        "charge": random.choice(np.array([-1, 1], np.int32), total),
    }
    return ak.zip({name: ak.unflatten(flat, counts) for name, flat in fields.items()})


def by_hand(mu, size, exactly):
    """Masses and total charges of all combinations."""
    if exactly:
        mu = mu[ak.num(mu) == size]
    parts = ak.unzip(ak.combinations(mu, size, axis=1))
    flat = [ak.flatten(one) for one in parts]
    momenta = [
        momentum(*(ak.to_numpy(one[name]) for name in ("pt", "eta", "phi")), MUON) for one in flat
    ]
    return invariant(*momenta), sum(ak.to_numpy(one.charge) for one in flat)


@pytest.fixture
def root(tmp_path):
    mu = muons()
    with uproot.recreate(tmp_path / "a.root") as file:
        fields = {name: mu[name] for name in ak.fields(mu)}
        file.mktree("Events", {"Muon": ak.type(mu).content}).extend({"Muon": ak.zip(fields)})
    return tmp_path / "a.root"


def columns(rows=300, seed=5):
    random = np.random.default_rng(seed)
    found = {}
    for i in (1, 2):
        found[f"pt{i}"] = random.exponential(20, rows) + 3
        found[f"eta{i}"] = random.normal(0, 1.2, rows)
        found[f"phi{i}"] = random.uniform(-np.pi, np.pi, rows)
        found[f"Q{i}"] = random.choice([-1, 1], rows)
    return found


def pair_masses(table):
    return invariant(
        *(momentum(table[f"pt{i}"], table[f"eta{i}"], table[f"phi{i}"], MUON) for i in (1, 2))
    )


def write_csv(path, table):
    rows = zip(*(np.asarray(column).tolist() for column in table.values()), strict=True)
    lines = [",".join(table), *(",".join(map(repr, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("charge", ["opposite", "same", "any", "++", "--"])
def test_pairs_of_a_list(root, charge, every):
    found = mass_values(root, Combination(collection="Muon", charge=charge, every=every))
    mass, total = by_hand(muons(), 2, not every)
    wanted = {
        "opposite": total == 0, "same": total != 0, "any": total < 9, "++": total == 2,
        "--": total == -2,
    }[charge]  # fmt: skip
    assert found.values == pytest.approx(mass[wanted], rel=1e-9)
    steps = dict(found.steps)
    counts = ak.num(muons())
    assert steps["events"] == 400
    assert steps["with at least 2 of Muon"] == ak.sum(counts >= 2)
    assert steps["combinations"] == len(mass)
    assert found.charge == {"opposite": 0, "same": 2, "++": 2, "--": -2}.get(charge)
    assert any("0.105658" in remark for remark in found.remarks)


def test_triplets_have_total_charge_one(root):
    found = mass_values(root, Combination(collection="Muon", size=3, every=True))
    mass, total = by_hand(muons(), 3, False)
    assert found.values == pytest.approx(mass[abs(total) == 1], rel=1e-9)
    assert found.label == "m(μμμ) [GeV]"
    assert found.decay is None


def test_many_combinations_of_an_event_are_said_to_be(tmp_path):
    path = tmp_path / "many.root"
    counts = [9, 2, 3]
    with uproot.recreate(path) as file:
        file["Events"] = {
            f"Muon_{name}": ak.unflatten(np.linspace(low, 2, 14), counts)
            for name, low in {"pt": 1.5, "eta": -1, "phi": 0, "mass": 2}.items()
        }
    said = mass_values(path, Combination(collection="Muon", size=2, every=True)).losses
    # 36 + 1 + 3 pairs.
    assert any("40 combinations are of 3 events" in one for one in said)
    assert not mass_values(path, Combination(collection="Muon", size=2)).losses


def test_muons_are_found_untold(root):
    found = mass_values(root)
    assert found.decay == ("mu+", "mu-")
    assert found.label == "m(μμ) [GeV]"
    assert "found the collection Muon." in found.remarks
    mass, total = by_hand(muons(), 2, True)
    assert found.values == pytest.approx(mass[total == 0], rel=1e-9)


@pytest.mark.parametrize("kind", ["csv", "parquet", "hdf5"])
def test_numbered_columns_of_every_format(tmp_path, kind):
    table = columns()
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        write_csv(path, table)
    elif kind == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        import pyarrow as pa

        parquet.write_table(pa.table(table), path)
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(path, "w") as file:
            for name, column in table.items():
                file[name] = column
    found = mass_values(path)
    opposite = table["Q1"] != table["Q2"]
    assert found.values == pytest.approx(pair_masses(table)[opposite], rel=1e-9)
    assert found.charge == 0


def test_momenta_as_they_are_named(tmp_path):
    table = columns()
    path = write_csv(tmp_path / "a.csv", table)
    found = mass_values(path, Combination(momenta=TWO))
    assert found.values == pytest.approx(pair_masses(table), rel=1e-9)
    assert any("no charges are known" in remark for remark in found.remarks)
    electrons = mass_values(path, Combination(momenta=TWO, particle="e", charges=("Q1", "Q2")))
    assert electrons.decay == ("e+", "e-")
    given = tuple((*names, "0.5") for names in TWO)
    kaons = mass_values(path, Combination(momenta=given))
    parts = [momentum(table[f"pt{i}"], table[f"eta{i}"], table[f"phi{i}"], 0.5) for i in (1, 2)]
    assert kaons.values == pytest.approx(invariant(*parts), rel=1e-9)


def test_cartesian_momenta_and_mev(tmp_path):
    table = columns()
    cartesian = {}
    for i in (1, 2):
        parts = momentum(table[f"pt{i}"], table[f"eta{i}"], table[f"phi{i}"], MUON)
        for name, part in zip(("E", "px", "py", "pz"), parts, strict=True):
            cartesian[f"{name}{i}"] = 1000 * part
    path = write_csv(tmp_path / "a.csv", cartesian)
    with pytest.raises(DataError, match="look like MeV"):
        mass_values(path)
    found = mass_values(path, Combination(unit="MeV"))
    assert found.values == pytest.approx(pair_masses(table), rel=1e-6)
    kept = mass_values(path, Combination(unit="GeV"))
    assert kept.values == pytest.approx(1000 * pair_masses(table), rel=1e-6)


def test_assumed_mass_follows_the_unit(tmp_path):
    table = columns()
    in_mev = {name: 1000 * one if name[:2] == "pt" else one for name, one in table.items()}
    path = write_csv(tmp_path / "a.csv", in_mev)
    found = mass_values(path, Combination(unit="MeV", charge="any"))
    assert found.values == pytest.approx(pair_masses(table), rel=1e-9)


def test_mass_column_with_charges(tmp_path):
    table = {"M": np.linspace(1, 5, 60), "Q1": np.ones(60, int), "Q2": np.tile([1, -1, -1], 20)}
    found = mass_values(write_csv(tmp_path / "a.csv", table))
    assert found.values == pytest.approx(table["M"][table["Q2"] == -1])
    assert found.decay is None
    muons_of = Combination(column="M", charges=("Q1", "Q2"), particle="mu")
    assert mass_values(tmp_path / "a.csv", muons_of).decay == ("mu+", "mu-")


def test_what_is_no_mass_is_counted_and_said(tmp_path):
    mass = np.linspace(1, 5, 100)
    mass[:7], mass[10:13] = -1.0, np.nan
    found = mass_values(write_csv(tmp_path / "a.csv", {"M": mass}))
    assert len(found.values) == 90
    assert found.losses == (
        "3 masses are not numbers and were left out.",
        "7 masses are zero or negative and were left out.",
    )
    assert found.steps[-1] == ("with a mass", 90)


def test_energies_below_momenta_are_refused(tmp_path):
    table = {f"{name}{i}": np.full(9, value) for i in (1, 2) for name, value in
             {"E": 1.0, "px": 3.0, "py": 0.5, "pz": 0.5}.items()}  # fmt: skip
    with pytest.raises(DataError, match="none of 9 combinations can be used") as caught:
        mass_values(write_csv(tmp_path / "a.csv", table))
    assert "have no mass (E² ≤ p²)" in caught.value.why


def test_zeros_are_no_masses():
    with pytest.raises(DataError, match="none of 1000 masses can be used") as caught:
        masses_of(np.zeros(1000))
    assert caught.value.why == "1000 masses are zero or negative and were left out."
    found = masses_of(np.array([0.0, 1.0, 2.0, np.nan]))
    assert found.values.tolist() == [1.0, 2.0]
    assert found.losses == (
        "1 mass is not a number and was left out.",
        "1 mass is zero or negative and was left out.",
    )
    # Zeros mark what is missing; as many negative masses are a mistake.
    assert len(masses_of(np.repeat([0.0, 3.0], [40, 60])).values) == 60
    with pytest.raises(DataError, match="only 60 of 100 masses"):
        masses_of(np.repeat([-1.0, 3.0], [40, 60]))


def test_all_of_the_same_charge(tmp_path):
    table = columns()
    table["Q1"] = table["Q2"] = np.ones(300, int)
    with pytest.raises(DataError, match="are of the same charge") as caught:
        mass_values(write_csv(tmp_path / "a.csv", table))
    assert "300 of total charge +2" in caught.value.why


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (Combination(column="N"), ColumnNotFound, "no column 'N'"),
        (Combination(collection="Muon"), ColumnNotFound, "no collection 'Muon'"),
        (Combination(column="pt1", charge="same"), AnalysisError, "without charges"),
        (Combination(column="pt1", charge="none"), AnalysisError, "--charge none"),
        (Combination(column="pt1", unit="TeV"), AnalysisError, "--unit TeV"),
        (Combination(momenta=TWO, particle="muon"), AnalysisError, "--particle muon"),
        (Combination(momenta=TWO[:1]), AnalysisError, "given once"),
        (Combination(momenta=TWO, column="pt1"), AnalysisError, "more than one way"),
        (Combination(momenta=TWO, charges=("Q1",)), AnalysisError, "1 charges for 2"),
        (
            Combination(momenta=(TWO[0], ("pt2", "phi2", "eta2"))),
            AnalysisError,
            "not a four-momentum",
        ),
        (Combination(momenta=(TWO[0], ("pt2", "eta2"))), AnalysisError, "not a four-momentum"),
        (Combination(momenta=(TWO[0], ("pt2", "eta2", "phy2"))), ColumnNotFound, "phy2"),
    ],
)
def test_questions_without_a_meaning(tmp_path, asked, error, said):
    path = write_csv(tmp_path / "a.csv", columns(9))
    with pytest.raises(error, match=said):
        mass_values(path, asked)


def test_lists_and_columns_are_not_mixed_up(root):
    with pytest.raises(AnalysisError, match="is a list in every event"):
        mass_values(root, Combination(momenta=(("Muon_pt", "Muon_eta", "Muon_phi"),) * 2))
    with pytest.raises(ColumnNotFound, match="did you mean 'Muon'") as caught:
        mass_values(root, Combination(collection="Moun"))
    assert "Moun" in caught.value.what


def test_objects_of_unknown_mass_are_asked_about(tmp_path):
    mu = muons()
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("Events", {"Thing": ak.type(mu).content}).extend({"Thing": mu})
    with pytest.raises(AnalysisError, match="mass of 'Thing' is not known"):
        mass_values(tmp_path / "a.root", Combination(collection="Thing"))
    found = mass_values(tmp_path / "a.root", Combination(collection="Thing", particle="mu"))
    mass, total = by_hand(mu, 2, True)
    assert found.values == pytest.approx(mass[total == 0], rel=1e-9)


def test_nothing_to_combine_is_said(tmp_path):
    path = write_csv(tmp_path / "a.csv", {"x": [1.0, 2.0], "y": [3.0, 4.0]})
    with pytest.raises(AnalysisError, match="not clear what to combine"):
        mass_values(path)
    table = columns(20)
    table |= {name: np.zeros(20) for name in ("pt1", "pt2")}
    lonely = tmp_path / "b.root"
    with uproot.recreate(lonely) as file:
        mu = muons()[ak.num(muons()) < 2]
        file.mktree("Events", {"Muon": ak.type(mu).content}).extend({"Muon": mu})
    with pytest.raises(DataError, match="no combinations are left"):
        mass_values(lonely)


def test_masses_of_an_expression(root):
    mu = hl.open(root).Muon.with_fields(mass=MUON)
    found = masses_of(mu.pairs().mass, label="m [GeV]")
    assert found.values == pytest.approx(by_hand(muons(), 2, False)[0], rel=1e-9)
    assert found.sources[0][0] == str(root)


def test_numbers_have_a_unit():
    made = np.linspace(600, 700, 50)
    with pytest.raises(DataError, match="look like MeV"):
        masses_of(made)
    assert masses_of(made, unit="GeV").values == pytest.approx(made)
    assert masses_of(made, unit="MeV").values == pytest.approx(made / 1000)
    with pytest.raises(AnalysisError, match="--unit TeV"):
        masses_of(made, unit="TeV")


def test_published_counts_of_the_2012_sample(shared_data):
    """Counts of labs.md, made by its authors with awkward; J/ψ with the muon's mass: 3471."""
    found = mass_values(shared_data / "agc/open-data-example.root")
    steps = dict(found.steps)
    assert steps["with exactly 2 of Muon"] == 48_976
    assert steps["opposite charge"] == 37_183
    inside = (found.values > 2.95) & (found.values < 3.25)
    assert np.count_nonzero(inside) == 3471
    assert np.count_nonzero((found.values > 80) & (found.values < 100)) == 6864


def charges_of(path):
    """Charges of the muons of each event, read by others."""
    if path.suffix == ".csv":
        table = np.genfromtxt(path, delimiter=",", names=True)
        return ak.from_numpy(np.stack([table["Q1"], table["Q2"]], axis=1))
    if path.suffix == ".hdf5":
        h5py = pytest.importorskip("h5py")
        with h5py.File(path) as file:
            return ak.unflatten(file["muons/q"][:], file["muons/nmuons"][:])
    if path.suffix == ".parquet":
        pytest.importorskip("pyarrow")
        return ak.from_parquet(path, columns=["Muon_charge"])["Muon_charge"]
    with uproot.open(path) as file:
        return file["Events"]["Muon_charge"].array()


@pytest.mark.parametrize(
    "path",
    [
        "playground/dimuons_1000_collisions.hdf5",
        "nanoaod/nano_dimuon.parquet",
        "nanoaod/nano_dimuon.root",
        "cms_csv/Zmumu_Run2011A.csv",
    ],
)
def test_real_files_of_every_format(shared_data, path):
    charges = charges_of(shared_data / path)
    charges = charges[ak.num(charges) == 2]
    found = mass_values(shared_data / path)
    assert len(found.values) == ak.sum(charges[:, 0] * charges[:, 1] < 0)
    assert found.decay == ("mu+", "mu-")


def test_three_kaons_of_the_lhcb_simulation(shared_data):
    """The manifest: m(KKK) has its median at 5279.2 MeV."""
    momenta = tuple(tuple(f"H{i}_P{axis}" for axis in "XYZ") for i in (1, 2, 3))
    charges = ("H1_Charge", "H2_Charge", "H3_Charge")
    asked = Combination(momenta=momenta, charges=charges, particle="K", unit="MeV")
    found = mass_values(
        shared_data / "lhcb/PhaseSpaceSimulation.root", asked, tree="PhaseSpaceTree"
    )
    assert np.median(found.values) == pytest.approx(5.2792, abs=5e-5)
    assert found.charge == 1
    assert found.label == "m(KKK) [GeV]"


def test_rntuple_holds_the_first_events_of_the_ttree(shared_data):
    """The manifest says that both begin with the same event."""
    name = "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"
    few = mass_values(shared_data / name).values
    many = mass_values(shared_data / "agc/open-data-example.root").values
    assert 100 < len(few) < 1000
    assert few[0] == pytest.approx(many[0], rel=1e-6)
