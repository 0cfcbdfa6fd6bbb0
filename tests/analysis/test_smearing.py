"""The whole chain from raw jets to the missing momentum, by hand with awkward on real files."""

from __future__ import annotations

import gzip

import awkward as ak
import numpy as np
import pytest
import uproot
import vector

import hepline as hl

L2 = "Fall17_17Nov2017_V32_MC_L2Relative_AK4PFPuppi.jec.txt"
UNCERTAINTY = "Fall17_17Nov2017_V32_MC_Uncertainty_AK4PFPuppi.junc.txt"
RESOLUTION = "Spring16_25nsV10_MC_PtResolution_AK4PFPuppi.jr.txt.gz"
SCALE_FACTOR = "Spring16_25nsV10_MC_SF_AK4PFPuppi.jersf.txt"
ENGINES = ["reference", "awkward", "compiled"]


def _table(path, columns):
    stored = path.read_bytes()
    text = (gzip.decompress(stored) if path.suffix == ".gz" else stored).decode()
    rows = [[float(word) for word in line.split()] for line in text.splitlines()[1:]]
    return [(np.array(row[: 2 * columns]).reshape(-1, 2), row[2 * columns + 1 :]) for row in rows]


def _each(table, function, *columns):
    """A function of the numbers of the bin that each jet lies in; 1 outside."""
    values = np.ones(len(columns[0]))
    for edges, numbers in table:
        inside = np.ones(len(values), bool)
        for (low, high), column in zip(edges, columns, strict=False):
            inside &= (column >= low) & (column < high)
        values[inside] = function(numbers, *(column[inside] for column in columns))
    return values


def _l2(numbers, _eta, pt):
    low, high, *p = numbers
    x = np.clip(pt, low, high) - p[1]
    return np.maximum(0.0001, p[0] + x * (p[2] + x * (p[3] + x * p[4])))


def _sigma(numbers, _eta, _rho, pt):
    low, high, *p = numbers
    x = np.clip(pt, low, high)
    return np.sqrt(p[0] * abs(p[0]) / (x * x) + p[1] * p[1] * x ** p[3] + p[2] * p[2])


def _shift(place):
    return lambda numbers, _eta, pt: np.interp(pt, numbers[::3], numbers[place::3])


class ByHand:
    """Flat jets of all events, and the missing momentum, for one setting of the nuisances."""

    def __init__(self, folder, read, gauss):
        self.folder, self.gauss = folder, gauss
        self.counts = ak.num(read.Jet_pt)
        flat = {n: ak.to_numpy(ak.flatten(read[f"Jet_{n}"])).astype("f8")
                for n in ("pt", "eta", "phi", "mass", "rawFactor")}  # fmt: skip
        self.stored = flat
        self.rho = np.repeat(ak.to_numpy(read.fixedGridRhoFastjetAll).astype("f8"), self.counts)
        self.met = {n: ak.to_numpy(read[f"MET_{n}"]).astype("f8") for n in ("pt", "phi")}
        self.gen = self._nearest(read)

    def _nearest(self, read):
        """pt of the nearest generator jet within 0.2; nan without one."""
        jets, gens = (ak.zip({n: read[f"{k}_{n}"] for n in ("pt", "eta", "phi")})
                      for k in ("Jet", "GenJet"))  # fmt: skip
        near, far = ak.unzip(ak.cartesian([jets, gens], nested=True))
        phi = (near.phi - far.phi + np.pi) % (2 * np.pi) - np.pi
        distance = np.sqrt((near.eta - far.eta) ** 2 + phi**2)
        best = ak.argmin(distance, axis=-1, keepdims=True)
        close = ak.firsts(distance[best], axis=-1) < 0.2
        pt = ak.where(ak.fill_none(close, False), ak.firsts(far.pt[best], axis=-1), np.nan)
        return ak.to_numpy(ak.fill_none(ak.flatten(pt), np.nan)).astype("f8")

    def jets(self, *, jes=0, jer=0):
        """pt and mass after all corrections, the momentum before smearing, and who counts."""
        raw = 1 - self.stored["rawFactor"]
        pt, mass = self.stored["pt"] * raw, self.stored["mass"] * raw
        eta = self.stored["eta"]
        factor = _each(_table(self.folder / L2, 2), _l2, eta, pt)
        pt, mass = pt * factor, mass * factor
        counted = pt > 15
        if jes:
            table = _table(self.folder / UNCERTAINTY, 1)
            size = _each(table, _shift(1 if jes > 0 else 2), eta, pt)
            pt, mass = pt * (1 + jes * size), mass * (1 + jes * size)
        before = pt
        sigma = _each(_table(self.folder / RESOLUTION, 2), _sigma, eta, self.rho, pt)
        column = {0: 0, -1: 1, 1: 2}[jer]
        ratio = _each(_table(self.folder / SCALE_FACTOR, 1), lambda n, _eta: n[column], eta)
        smeared = 1 + self.gauss * sigma * np.sqrt(np.maximum(ratio**2 - 1, 0))
        matched = abs(pt - self.gen) < 3 * sigma * pt
        smeared[matched] = (1 + (ratio - 1) * (pt - self.gen) / pt)[matched]
        smeared = np.maximum(smeared, 0.01 / (pt * np.cosh(eta)))
        self.matched = matched
        return pt * smeared, mass * smeared, counted, before

    def missing(self, **nuisances):
        after, _, counted, before = self.jets(**nuisances)
        met = vector.array({"pt": self.met["pt"], "phi": self.met["phi"]})
        px, py = np.array(met.x), np.array(met.y)
        event = np.repeat(np.arange(len(px)), self.counts)
        steps = ((before - self.stored["pt"], counted), (after - before, before > 15))
        for gained, where in steps:
            np.subtract.at(px, event, np.where(where, gained * np.cos(self.stored["phi"]), 0))
            np.subtract.at(py, event, np.where(where, gained * np.sin(self.stored["phi"]), 0))
        return np.hypot(px, py), np.arctan2(py, px)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_whole_chain_equals_the_same_by_hand(shared_data, varied_values, engine):
    path = shared_data / "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root"
    folder = shared_data / "corrections"
    ev = hl.open(path)
    jes, jer = hl.nuisance("JES"), hl.nuisance("JER")
    l2, size, sigma, ratio = (
        hl.correction(folder / name) for name in (L2, UNCERTAINTY, RESOLUTION, SCALE_FACTOR)
    )
    jet, met = hl.calibrate(ev.Jet, l2, uncertainties={jes: size}, met=ev.MET)
    jet, met = hl.smear(
        jet, sigma, ratio, nuisance=jer, gen=ev.GenJet, Rho=ev.fixedGridRhoFastjetAll, met=met
    )
    read = uproot.open(path)["Events"].arrays(filter_name="/(Jet|GenJet|MET|fixed).*/")
    gauss = ak.to_numpy(ak.flatten(hl.compute(hl.normal(ev.Jet, stream="jer"))))
    hand = ByHand(folder, read, gauss)
    # Places of all jets, in order.
    first = np.concatenate(([0], np.cumsum(ak.to_numpy(hand.counts))[:-1]))
    events = ev.event.astype("float64")
    numbers = ak.to_numpy(read.event if "event" in read.fields else hl.compute(ev.event))
    order = np.argsort(numbers)
    start = hl.lookup(events, [*numbers[order] - 0.5, numbers.max() + 0.5], first[order])
    total, many = int(ak.sum(hand.counts)), len(numbers)
    place = start + jet.position
    row = hl.lookup(events, [*numbers[order] - 0.5, numbers.max() + 0.5], np.arange(many)[order])
    results = {
        "pt": (jet.pt, place, total),
        "mass": (jet.mass, place, total),
        "met": (met.pt, row, many),
        "phi": (met.phi, row, many),
    }
    values = varied_values(results, engine=engine)
    settings = {"": {}, "jes_up": {"jes": 1}, "jes_down": {"jes": -1}, "jer_up": {"jer": 1},
                "jer_down": {"jer": -1}}  # fmt: skip
    assert {key for _, key in values} == set(settings)
    for key, nuisances in settings.items():
        pt, mass, _, _ = hand.jets(**nuisances)
        assert values["pt", key] == pytest.approx(pt, rel=1e-9)
        assert values["mass", key] == pytest.approx(mass, rel=1e-9)
        size, azimuth = hand.missing(**nuisances)
        assert values["met", key] == pytest.approx(size, rel=1e-8)
        assert values["phi", key] == pytest.approx(azimuth, abs=1e-8)
    assert 50 < hand.matched.sum() < total - 50
    assert not np.allclose(values["met", "jes_up"], values["met", "jes_down"])
