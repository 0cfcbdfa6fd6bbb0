"""The mass of B → KKK by hepline: python hepline_flat.py FILE ENGINE THREADS."""

import sys

from serve import serve

import hepline as hl

KAON = 493.677  # MeV


def query(ev):
    """Mass of three kaons in candidates with a good vertex."""
    kaons = [tuple(getattr(ev, f"H{n}_P{axis}") for axis in "XYZ") for n in (1, 2, 3)]
    x, y, z = (sum(kaon[axis] for kaon in kaons[1:]) + kaons[0][axis] for axis in range(3))
    energy = sum((px**2 + py**2 + pz**2 + KAON**2) ** 0.5 for px, py, pz in kaons)
    mass = (energy**2 - x**2 - y**2 - z**2) ** 0.5
    return hl.hist(mass, bins=(100, 5000, 5600), where=ev.B_VertexChi2 < 12)


if __name__ == "__main__":
    path, engine, threads = sys.argv[1:]

    def answer(_):
        """Bin contents with flow, from a freshly opened file."""
        events = hl.open(path, tree="PhaseSpaceTree")
        histogram = hl.compute(query(events), engine=engine, workers=int(threads))
        return histogram.values(flow=True).tolist()

    serve(answer)
