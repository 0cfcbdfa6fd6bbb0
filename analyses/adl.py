"""The eight ADL benchmark queries, https://github.com/iris-hep/adl-benchmarks-index.

    python analyses/adl.py EVENTS.root

Each function takes events and returns the histogram that the query asks for.
"""

import sys

import numpy as np

import hepline as hl


def q1(ev):
    """Missing transverse energy of all events."""
    return hl.hist(ev.MET.pt, bins=(100, 0, 200), label="MET [GeV]")


def q2(ev):
    """Transverse momentum of all jets."""
    return hl.hist(ev.Jet.pt, bins=(100, 15, 60), label="jet pt [GeV]")


def q3(ev):
    """Transverse momentum of jets with |eta| < 1."""
    jet = ev.Jet[abs(ev.Jet.eta) < 1]
    return hl.hist(jet.pt, bins=(100, 15, 60), label="jet pt [GeV]")


def q4(ev):
    """MET of events that have at least two jets with pt > 40 GeV."""
    two_jets = hl.count(ev.Jet.pt > 40) >= 2
    return hl.hist(ev.MET.pt, bins=(100, 0, 200), label="MET [GeV]", where=two_jets)


def q5(ev):
    """MET of events that have an opposite-charge muon pair with mass between 60 and 120 GeV."""
    pair = ev.Muon.pairs()
    z = (pair[0].charge != pair[1].charge) & (pair.mass > 60) & (pair.mass < 120)
    return hl.hist(ev.MET.pt, bins=(100, 0, 200), label="MET [GeV]", where=hl.any(z))


def _top(ev):
    trijet = ev.Jet.combinations(3)
    return trijet.closest(trijet.mass, 172.5), hl.count(ev.Jet) >= 3


def q6a(ev):
    """Transverse momentum of the three-jet system with mass closest to 172.5 GeV."""
    top, three_jets = _top(ev)
    return hl.hist(top.pt, bins=(100, 15, 40), label="trijet pt [GeV]", where=three_jets)


def q6b(ev):
    """Largest b-tag discriminant among the jets of that system."""
    top, three_jets = _top(ev)
    largest = np.maximum(np.maximum(top[0].btag, top[1].btag), top[2].btag)
    return hl.hist(largest, bins=(100, 0, 1), label="largest b-tag", where=three_jets)


def _leptons(ev):
    return hl.concat(ev.Electron, ev.Muon, tag="flavor")


def q7(ev):
    """Scalar sum of the pt > 30 GeV jets farther than 0.4 from every lepton with pt > 10 GeV."""
    lepton = _leptons(ev)
    lepton = lepton[lepton.pt > 10]
    jet = ev.Jet[(ev.Jet.pt > 30) & ~ev.Jet.near(lepton, 0.4)]
    label = "sum of jet pt [GeV]"
    return hl.hist(jet.pt.sum(), 100, 15, 200, label, where=jet.count() >= 1)


def q8(ev):
    """Transverse mass of MET and the leading lepton outside the best same-flavor Z candidate."""
    lepton = _leptons(ev)
    pair = lepton.pairs()
    pair = pair[(pair[0].charge != pair[1].charge) & (pair[0].flavor == pair[1].flavor)]
    z = pair.closest(pair.mass, 91.2)
    other = lepton[(lepton.position != z[0].position) & (lepton.position != z[1].position)]
    leading = other.best(other.pt)
    return hl.hist(
        hl.transverse_mass(leading, ev.MET),
        bins=(100, 0, 200),
        label="transverse mass [GeV]",
        where=(hl.count(lepton) >= 3) & ~z.is_missing(),
    )


QUERIES = {
    "Q1": q1, "Q2": q2, "Q3": q3, "Q4": q4, "Q5": q5, "Q6a": q6a, "Q6b": q6b, "Q7": q7, "Q8": q8,
}  # fmt: skip


def main(path):
    """Compute all queries in one pass and print them."""
    ev = hl.open(path)
    histograms = hl.compute(*(query(ev) for query in QUERIES.values()))
    for (name, query), histogram in zip(QUERIES.items(), histograms, strict=True):
        entries = int(histogram.sum(flow=True))
        print(f"{name:<4} {entries:>9} entries  {query.__doc__.splitlines()[0]}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} EVENTS.root")
    main(sys.argv[1])
