"""Every file of events in ../shared/data: it opens, is described, and gives a known quantity.

Numbers of events are those of uproot, pyarrow, h5py and Python's csv; known quantities are
published, or computed with awkward by hand.
"""

import csv

import awkward as ak
import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

import hepline as hl

FOLDERS = ("nanoaod", "formats", "cms_csv", "lhcb", "playground", "agc", "adl", "ml")
# Without events: histograms, corrections, lists of files.
OTHERS = ("uproot-histograms.root", "corrections.json", "nanoaod_inputs.json")
TREES = {
    "PHYSLITE_example.root": "CollectionTree",
    "test_FCC_Winter2023.root": "events",
    "uproot-HZZ.root": "events",
    "PhaseSpaceSimulation.root": "PhaseSpaceTree",
    "ntpl001_staff_rntuple_v1-0-1-0.root": "Staff",
    "uproot-physlite-rntuple_v1-0-0-0.root": "EventData",
}
NAMES = [
    "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root",
    "nanoaod/nano_dimuon.parquet",
    "nanoaod/nano_dimuon.root",
    "formats/PHYSLITE_example.root",
    "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root",
    "formats/ntpl001_staff_rntuple_v1-0-1-0.root",
    "formats/test_FCC_Winter2023.root",
    "formats/uproot-HZZ.root",
    "formats/uproot-physlite-rntuple_v1-0-0-0.root",
    "cms_csv/2e2mu_2011.csv",
    "cms_csv/2e2mu_2012.csv",
    "cms_csv/4e_2011.csv",
    "cms_csv/4e_2012.csv",
    "cms_csv/4mu_2011.csv",
    "cms_csv/4mu_2012.csv",
    "cms_csv/Zmumu_Run2011A.csv",
    "lhcb/PhaseSpaceSimulation.root",
    "playground/dimuons_1000_collisions.hdf5",
    "playground/small_CLEO_test_file.hdf5",
    "playground/small_cms_test_file.hdf5",
    "agc/open-data-example.root",
    "adl/Run2012B_SingleMu_restructured_1000.json",
    "ml/higgsml_bg.csv",
    "ml/higgsml_sig.csv",
]


def entries(path):
    """The number of events by another library."""
    if path.suffix == ".root":
        with uproot.open(path) as file:
            return file[TREES.get(path.name, "Events")].num_entries
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).metadata.num_rows
    if path.suffix == ".hdf5":
        with h5py.File(path) as file:
            return len(file["_SINGLETON_/INDEX"])
    with path.open(newline="") as lines:
        header = path.suffix == ".csv"
        return sum(1 for _ in lines) - header


def test_no_file_is_left_out(shared_data):
    there = {
        path.relative_to(shared_data).as_posix()
        for folder in FOLDERS
        for path in (shared_data / folder).glob("*.*")
    }
    assert there == {*NAMES, *(name for name in there if name.endswith(OTHERS))}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::hepline.errors.DataWarning")
def test_a_file_opens_and_is_described(shared_data, name):
    path = shared_data / name
    described = hl.describe(path)
    assert described.entries == entries(path)
    assert described.columns
    assert sum(part.entries for part in hl.open(path).origin.source.parts) == entries(path)


def test_four_lepton_candidates(shared_data):
    """Thirteen candidates between 120 and 130 GeV over the six files, of record 5200."""
    files = sorted((shared_data / "cms_csv").glob("[24]*.csv"))
    ev = hl.open(files)
    counts = hl.compute(hl.hist(ev.M, bins=(1, 120, 130)))
    stored = []
    for file in files:
        with file.open(newline="") as lines:
            stored += [float(row["M"]) for row in csv.DictReader(lines)]
    assert counts.sum() == 13 == sum(120 <= mass < 130 for mass in stored)
    # The mass again, from the four-momenta of the leptons, written with three or four digits.
    energy, px, py, pz = (
        sum(ev[f"{word}{lepton}"] for lepton in (1, 2, 3, 4)) for word in ("E", "px", "py", "pz")
    )
    mass = np.asarray(hl.compute((energy**2 - px**2 - py**2 - pz**2) ** 0.5))
    agree = np.isclose(mass, stored, rtol=0.02)
    assert agree.mean() > 0.95


def test_median_of_the_lhcb_sample(shared_data):
    ev = hl.open(shared_data / "lhcb/PhaseSpaceSimulation.root")
    kaon = 493.677
    total = {axis: sum(ev[f"H{n}_P{axis}"] for n in (1, 2, 3)) for axis in ("X", "Y", "Z")}
    energy = sum(
        (kaon**2 + ev[f"H{n}_PX"] ** 2 + ev[f"H{n}_PY"] ** 2 + ev[f"H{n}_PZ"] ** 2) ** 0.5
        for n in (1, 2, 3)
    )
    mass = (energy**2 - total["X"] ** 2 - total["Y"] ** 2 - total["Z"] ** 2) ** 0.5
    assert np.median(hl.compute(mass)) == pytest.approx(5279.2, abs=0.05)


def dimuons(path):
    """Masses of pairs with opposite charges: the same code for all formats."""
    ev = hl.open(path)
    pairs = ev.Muon.pairs()
    pairs = pairs[pairs[0].charge != pairs[1].charge]
    return hl.compute({"mass": pairs.mass, "z": hl.hist(pairs.mass, bins=(60, 60, 120))})


def by_hand(muons):
    """Masses from the energies and momenta of both muons, in float64."""
    pairs = ak.unzip(ak.combinations(ak.values_astype(muons, np.float64), 2))
    opposite = pairs[0].charge != pairs[1].charge
    px, py, pz, energy = 0, 0, 0, 0
    for muon in (pairs[0][opposite], pairs[1][opposite]):
        px = px + muon.pt * np.cos(muon.phi)
        py = py + muon.pt * np.sin(muon.phi)
        pz = pz + muon.pt * np.sinh(muon.eta)
        energy = energy + np.sqrt((muon.pt * np.cosh(muon.eta)) ** 2 + muon.mass**2)
    return np.asarray(ak.flatten(np.sqrt(energy**2 - px**2 - py**2 - pz**2)))


def test_resonances_of_the_dimuon_sample(shared_data):
    path = shared_data / "agc/open-data-example.root"
    result = dimuons(path)
    with uproot.open(path) as file:
        stored = file["Events"].arrays(filter_name="Muon_*")
    muons = ak.zip(
        {name: stored[f"Muon_{name}"] for name in ("pt", "eta", "phi", "mass", "charge")}
    )
    masses, expected = np.asarray(ak.flatten(result["mass"])), by_hand(muons)
    assert len(masses) == len(expected)
    np.testing.assert_allclose(masses, expected, rtol=1e-6)
    z, jpsi = (masses[(masses > low) & (masses < high)] for low, high in ((80, 100), (3.0, 3.2)))
    # PDG: 91.19 and 3.097 GeV; radiation and resolution move the medians by less than a percent.
    assert np.median(z) == pytest.approx(91.19, rel=0.01)
    assert np.median(jpsi) == pytest.approx(3.097, rel=0.005)


def test_twins_in_other_formats_give_the_same(shared_data):
    tree = dimuons(shared_data / "agc/open-data-example.root")
    ntuple = dimuons(
        shared_data / "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"
    )
    assert ntuple["mass"].tolist() == tree["mass"][:1000].tolist()
    root = dimuons(shared_data / "nanoaod/nano_dimuon.root")
    parquet = dimuons(shared_data / "nanoaod/nano_dimuon.parquet")
    assert root["mass"].tolist() == parquet["mass"].tolist()
    assert root["z"] == parquet["z"]
    # 40 events that were chosen for two muons, many from a Z.
    assert root["z"].sum() > 5


def test_physlite_as_tree_and_as_ntuple(shared_data):
    columns = {
        "PHYSLITE_example.root": "AnalysisElectronsAuxDyn.pt",
        "uproot-physlite-rntuple_v1-0-0-0.root": "AnalysisElectronsAuxDyn:pt",
    }
    for name, column in columns.items():
        path = shared_data / "formats" / name
        with uproot.open(path) as file:
            stored = file[TREES[name]].arrays([column])[column]
        # MeV in the file, GeV in the language.
        got = hl.compute(hl.open(path).Electrons.pt)
        assert ak.num(got).tolist() == ak.num(stored).tolist()
        np.testing.assert_allclose(ak.flatten(got), ak.flatten(stored) / 1000, rtol=1e-6)


def test_higgs_challenge(shared_data):
    for name in ("sig", "bg"):
        path = shared_data / f"ml/higgsml_{name}.csv"
        with path.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        facts = hl.describe(path).columns["DER_mass_MMC"]
        known = [float(row["DER_mass_MMC"]) for row in rows if float(row["DER_mass_MMC"]) != -999]
        ev = hl.open(path).clean({"DER_mass_MMC": hl.missing(-999)})
        counts = hl.compute(hl.hist(ev.DER_mass_MMC, bins=(1, 0, 10_000)))
        assert counts.sum() == len(known)
        assert facts.sentinels == {-999.0: len(rows) - len(known)}
        assert counts.metadata["missing"] == len(rows) - len(known)


def test_playground(shared_data):
    path = shared_data / "playground/small_CLEO_test_file.hdf5"
    ev = hl.open(path)
    with h5py.File(path) as file:
        number, energy = file["pions/npions"][:], file["pions/e"][:]
    got = hl.compute(ev.pions.e)
    assert ak.num(got).tolist() == number.tolist()
    np.testing.assert_array_equal(ak.flatten(got), energy)


def test_files_without_events_say_what_they_are(shared_data):
    with pytest.raises(hl.HeplineError, match="TH1F"):
        hl.open(shared_data / "formats/uproot-histograms.root")
    for name in ("agc/corrections.json", "agc/nanoaod_inputs.json"):
        with pytest.raises(hl.HeplineError, match="JSON document"):
            hl.open(shared_data / name)
