"""One of each figure that hepline draws, from made-up numbers, with the time that each takes.

    python bench/figures.py [--out out/figures]

The report that it writes has every tab. Read it to see how contents are filled.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from hepline.analysis.results import Cutflow, CutStep
from hepline.records import Provenance
from hepline.show.content import RegionInfo, ReportContent, SampleInfo, TemplateVariation, Yield
from hepline.show.encoding import encode
from hepline.show.grid_content import (
    ExclusionContent,
    ExclusionPoint,
    GridContent,
    LimitCurve,
    LimitPoint,
    SignificanceCurve,
    SignificancePoint,
    Theory,
)
from hepline.show.plot_content import (
    PlaneContent,
    ProfileContent,
    ProfileSeries,
    SystematicContent,
)
from hepline.show.plot_figures import grid_figures, plot_figures
from hepline.show.report import write_report
from hepline.show.stack_content import Cut, StackContent, StackLook, StackSample
from hepline.show.stamps import Stamp, eras_text
from hepline.stats.results import GoodnessOfFit

ERAS = ((4_430.0, "8 TeV"), (7_040.0, "8 TeV"))
LABEL = "CMS Open Data"
EDGES = np.array([20.0, 40, 50, 60, 70, 80, 90, 100, 120, 150, 200])
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2
LABELS = {
    "ztt": "Z → ττ", "w": "W + jets", "qcd": "QCD (same sign)", "tt": "$t\\bar{t}$",
    "zll": "Z → µµ", "vv": "Diboson", "st": "Single top",
}  # fmt: skip
EVENTS = {
    "ztt": 21000.0, "w": 6100.0, "qcd": 4300.0, "tt": 900.0, "zll": 620.0, "vv": 160.0, "st": 110.0,
}  # fmt: skip
PEAKS = {"ztt": (68.0, 14.0), "zll": (88.0, 7.0)}
REGIONS = {"SR": "µτ, low $m_{T}$", "W": "µτ, high $m_{T}$", "SS": "µτ, same sign"}
RANDOM = np.random.default_rng(14)


def shape(name: str) -> np.ndarray:
    """Events in the bins and above them: a peak, or a tail."""
    center, width = PEAKS.get(name, (45.0, 45.0))
    density = np.exp(-0.5 * ((MIDDLES - center) / width) ** 2) + 0.03 * np.exp(-MIDDLES / 60)
    inside = density * np.diff(EDGES)
    return EVENTS[name] * np.append(inside / inside.sum(), 0.004)


def samples(scale: float) -> tuple[StackSample, ...]:
    """Backgrounds with their statistical errors, and a signal as a line."""
    stacked = [
        StackSample(name, label, scale * shape(name), np.sqrt(2 * scale * shape(name)))
        for name, label in LABELS.items()
    ]
    higgs = 70 * np.append(np.exp(-0.5 * ((MIDDLES - 95) / 18) ** 2), 0.02)
    signal = StackSample("htt", "H → ττ", scale * higgs / 5, signal=True, overlay=50)
    return (*stacked, signal)


def stack(region: str, name: str, *, scale: float = 1.0, **parts: object) -> StackContent:
    """A distribution with overflow, uncertainties and χ²."""
    layers = samples(scale)
    total = np.sum([one.values for one in layers if one.overlay is None], axis=0)
    data = RANDOM.poisson(total).astype(float)
    blinded = parts.get("blinded")
    if blinded is not None:
        data[blinded] = np.nan
    seen = np.isfinite(data)
    chi2 = float(np.sum((data - total)[seen] ** 2 / total[seen]))
    filled = {
        "name": f"{region}__{name}",
        "axis_label": "$m_{vis}$(µ, τ) [GeV]",
        "edges": EDGES,
        "samples": layers,
        "data": data,
        "uncertainty": np.hypot(np.sqrt(total), 0.05 * total),
        "region": REGIONS[region],
        "goodness": GoodnessOfFit(chi2, int(seen.sum()), 0.42),
        "overflow": True,
        "palette": tuple(LABELS),
    }
    return StackContent(**{**filled, **parts})


def plots() -> tuple[StackContent, ...]:
    """The same numbers in every look."""
    window = np.zeros(len(EDGES), bool)
    window[5:8] = True
    return (
        stack("SR", "m_vis", look=StackLook(per="GeV")),
        stack("SR", "m_vis_log", look=StackLook(log=True, per="10 GeV")),
        stack("SR", "m_vis_blinded", blinded=window),
        stack("SR", "m_vis_pulls", look=StackLook(panel="pull")),
        stack("W", "m_vis", scale=0.3, look=StackLook(log=True, log_x=True)),
        stack("SS", "m_vis", scale=0.2, uncertainty=None, look=StackLook(panel="none")),
        stack("SS", "m_vis_expected", scale=0.2, data=None, goodness=None),
    )


def n_minus_one() -> tuple[StackContent, ...]:
    """Without the cut on the quantity itself."""
    parts = {"axis_label": "$m_{T}$(µ, $p_{T}^{miss}$) [GeV]"}
    return (
        stack("SR", "mt", cuts=(Cut(70.0, "below"),), **parts),
        stack("W", "mt", scale=0.3, cuts=(Cut(70.0),), look=StackLook(log=True), **parts),
    )


def planes() -> tuple[PlaneContent, ...]:
    """Few bins with numbers, many without."""
    x, y = np.array([20.0, 30, 40, 60, 100]), np.array([0, 0.8, 1.2, 1.5, 2.1])
    few = RANDOM.poisson(np.outer([800, 300, 90, 20], [3, 2, 1.5, 1])).astype(float)
    points = RANDOM.multivariate_normal([70, 35], [[300, 120], [120, 150]], 30000)
    many, across, up = np.histogram2d(*points.T, bins=(50, 40))
    return (
        PlaneContent(
            "SR__muon", "$p_{T}$(µ) [GeV]", "|η(µ)|", x, y, few, np.sqrt(few),
            region=REGIONS["SR"], sample="Z → ττ", log=True,
        ),
        PlaneContent(
            "SR__met", "$m_{vis}$ [GeV]", "$p_{T}^{miss}$ [GeV]", across, up, many,
            region=REGIONS["SR"], sample="Data",
        ),
    )  # fmt: skip


def profiles() -> tuple[ProfileContent, ...]:
    """Mean of a mass against the number of vertices."""
    edges = np.linspace(0, 40, 11)
    means, errors = 70 + 0.02 * edges[1:], np.full(10, 0.05)
    seen = means + RANDOM.normal(size=10) * 0.1
    series = (
        ProfileSeries("ztt", "Z → ττ", means, errors),
        ProfileSeries("data", "Data", seen, 2 * errors, is_data=True),
    )
    return (ProfileContent("SR__pu", "Vertices", "$m_{vis}$ [GeV]", edges, series, REGIONS["SR"]),)


def systematics() -> tuple[SystematicContent, ...]:
    """A scale of energies."""
    nominal = shape("ztt")[:-1]
    tilt = 0.03 * (MIDDLES - 70) / 50
    parts = (nominal, nominal * (1 + tilt), nominal * (1 - 0.8 * tilt), np.sqrt(nominal))
    return (
        SystematicContent(
            "SR__m_vis__ztt__tes", "Tau energy scale", "$m_{vis}$(µ, τ) [GeV]", EDGES, *parts,
            region=REGIONS["SR"], sample="Z → ττ", per="GeV",
        ),
    )  # fmt: skip


def grid() -> GridContent:
    """Limits on a Z′, its significance, and a plane of two masses."""
    mass = np.array([400.0, 600, 800, 1000, 1200, 1500, 1800, 2100, 2500])
    median = 0.5 * np.exp(-mass / 600) + 0.004
    pulls = RANDOM.normal(size=len(mass))
    pulls[2] = 2.6
    limits = tuple(
        LimitPoint(at, (0.5 * one, 0.7 * one, one, 1.4 * one, 2 * one), one * (1 + 0.25 * pull))
        for at, one, pull in zip(mass, median, pulls, strict=True)
    )
    theory = 30 * np.exp(-mass / 230)
    curve = LimitCurve(
        "zprime", "m(Z′) [GeV]", "σ × B(Z′ → µµ) [pb]", limits,
        theory=Theory("Z′ (SSM)", mass, theory, 0.9 * theory, 1.1 * theory),
    )  # fmt: skip
    scan = SignificanceCurve(
        "zprime", "m(Z′) [GeV]",
        tuple(
            SignificancePoint(at, pull, strength)
            for at, pull, strength in zip(mass, pulls, 6 * np.exp(-mass / 900), strict=True)
        ),
        global_significance=1.3,
    )  # fmt: skip
    signals = [(x, y) for x in np.arange(200.0, 1001, 100) for y in np.arange(0.0, x - 50, 75)]
    points = []
    for x, y in signals:
        ratio = ((x - 100) / 650) ** 4 + (y / 420) ** 3
        five = tuple(ratio * factor for factor in (0.5, 0.7, 1.0, 1.4, 2.0))
        points.append(ExclusionPoint(x, y, five, 1.15 * ratio))
    plane = ExclusionContent(
        "stops", "$m(\\tilde{t})$ [GeV]", "$m(\\tilde{\\chi}^0_1)$ [GeV]", tuple(points),
        label="$\\tilde{t}\\tilde{t}$ → $t\\tilde{\\chi}$ $t\\tilde{\\chi}$",
    )  # fmt: skip
    return GridContent((curve,), (scan,), (plane,))


def cutflows() -> tuple[Cutflow, ...]:
    """Three regions that part one after the other."""
    common = [("all events", 100.0), ("IsoMu17_eta2p1", 31.0), ("one muon and one tau", 4.0)]
    paths = {
        "SR": [("opposite sign", 3.1), ("$m_{T}$ < 30 GeV", 1.0)],
        "W": [("opposite sign", 3.1), ("$m_{T}$ > 70 GeV", 0.3)],
        "SS": [("same sign", 0.2)],
    }
    return tuple(
        Cutflow(
            region,
            name,
            tuple(
                CutStep(step, int(2 * share * EVENTS[name]), share * EVENTS[name])
                for step, share in (*common, *path)
            ),
        )
        for region, path in paths.items()
        for name in LABELS
    )


def content() -> ReportContent:
    """A report with every tab."""
    infos = tuple(
        RegionInfo(name, label, "$m_{vis}$(µ, τ) [GeV]", EDGES, EDGES)
        for name, label in REGIONS.items()
    )
    nominal = shape("ztt")[:-1]
    return ReportContent(
        title="H → ττ (made-up numbers)",
        question="What does every figure look like?",
        luminosity=sum(luminosity for luminosity, _ in ERAS),
        energy="8 TeV",
        eras=ERAS,
        label=LABEL,
        data="made up",
        regions=infos,
        samples=tuple(SampleInfo(name, label) for name, label in LABELS.items()),
        provenance=Provenance("python bench/figures.py", "2026-12-01T00:00:00Z", (), (), (), ()),
        yields=tuple(
            Yield("SR", name, int(2 * events), events, (events / 2) ** 0.5)
            for name, events in EVENTS.items()
        ),
        cutflows=cutflows(),
        variations=(
            TemplateVariation("SR", "ztt", "Tau energy scale", nominal, 1.03 * nominal,
                              0.98 * nominal),
        ),
        no_fit_reason="Nothing was fitted.",
        plots=plots(),
        n_minus_one=n_minus_one(),
        planes=planes(),
        profiles=profiles(),
        systematics=systematics(),
        grid=grid(),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/figures"))
    out = parser.parse_args().out
    report = content()
    stamp = Stamp(eras_text(ERAS), None, LABEL)
    drawings = [
        *plot_figures(
            stamp,
            plots=report.plots,
            n_minus_one=report.n_minus_one,
            planes=report.planes,
            profiles=report.profiles,
            systematics=report.systematics,
        ),
        *grid_figures(report.grid, stamp),
    ]
    for drawing in drawings:
        began = time.process_time()
        drawing.draw()
        drawn = time.process_time()
        encode(drawing)
        print(
            f"{drawing.name:32} {drawn - began:5.2f} s drawn, "
            f"{time.process_time() - drawn:5.2f} s drawn and saved as PDF and PNG"
        )
    print("written:", write_report(out, report))


if __name__ == "__main__":
    main()
