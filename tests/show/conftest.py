"""A report's content with yields like those of the ttbar measurement, made by formula."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from hepline.analysis.results import Coverage, Cutflow, CutStep, Notice
from hepline.records import FileRecord, Provenance
from hepline.show.content import (
    RegionInfo,
    ReportContent,
    SampleInfo,
    TemplateVariation,
    Yield,
)
from hepline.stats.results import ChannelPrediction, FitResult, GoodnessOfFit, Parameter
from hepline.stats.spread import Covariance

EDGES = np.linspace(110, 550, 12)
CENTERS = (EDGES[1:] + EDGES[:-1]) / 2
SAMPLES = {
    "ttbar": ("$t\\bar{t}$", 1.8475, {"4j1b": 12693, "4j2b": 28616}),
    "wjets": ("W + jets", 41.8835, {"4j1b": 145, "4j2b": 48}),
    "single_top_tW": ("single top, tW", 0.3023, {"4j1b": 5903, "4j2b": 7834}),
    "single_top_t_chan": ("single top, t-channel", 0.6729, {"4j1b": 793, "4j2b": 1480}),
    "single_top_s_chan": ("single top, s-channel", 0.0176, {"4j1b": 464, "4j2b": 1078}),
}
REGIONS = {
    "4j1b": ("≥ 4 jets, 1 b tag", "$H_{T}$ [GeV]"),
    "4j2b": ("≥ 4 jets, ≥ 2 b tags", "$m_{bjj}$ [GeV]"),
}
NUISANCES = (
    "ME variation",
    "PS variation",
    "ttbar scale variations",
    "Jet energy scale",
    "Jet energy resolution",
    "b-tag NP 1",
    "b-tag NP 2",
    "b-tag NP 3",
    "b-tag NP 4",
    "W+jets scale variations",
    "Luminosity",
)


def shape(region: str, sample: str) -> np.ndarray:
    """Fractions per bin: a falling HT spectrum, or a top peak on a tail."""
    if region == "4j1b":
        values = np.exp(-0.5 * ((CENTERS - 270) / 110) ** 2) + 0.15 * CENTERS / 550
    else:
        peak = 1.0 if sample == "ttbar" else 0.3
        values = peak * np.exp(-0.5 * ((CENTERS - 178) / 32) ** 2) + 0.55 * np.exp(-CENTERS / 170)
    return values / values.sum()


def template(region: str, sample: str) -> np.ndarray:
    _, weight, entries = SAMPLES[sample]
    return 0.93 * weight * entries[region] * shape(region, sample)


def prediction(region: str, *, scale: float, width: float) -> ChannelPrediction:
    tilt = 1 + (scale - 1) * (CENTERS - 330) / 220
    contents = tuple(
        (sample, template(region, sample) * (scale * tilt if sample == "ttbar" else 1.0))
        for sample in reversed(SAMPLES)
    )
    total = sum(values for _, values in contents)
    tilted = 1 - 0.06 * (CENTERS - 330) / 220
    parts = {sample: template(region, sample) for sample in SAMPLES}
    truth = sum(parts.values()) + parts["ttbar"] * (0.94 * tilted - 1)
    rng = np.random.default_rng(7 if region == "4j1b" else 8)
    data = np.round(truth + np.sqrt(truth) * rng.normal(size=11), 1)
    return ChannelPrediction(
        channel=region,
        samples=contents,
        total=total,
        uncertainty=width * total * (1 + 0.5 * (CENTERS - 110) / 440),
        yield_uncertainty=float(width * total.sum()),
        data=data,
    )


def fit_result() -> FitResult:
    rng = np.random.default_rng(3)
    pulls = (0.52, 0.47, 0.08, -0.31, 0.22, 0.11, -0.05, 0.02, 0.0, -0.14, 0.01)
    widths = (0.11, 0.19, 0.42, 0.24, 0.37, 0.97, 0.99, 0.99, 1.0, 0.95, 0.99)
    parameters = [
        Parameter("ttbar_norm", "normfactor", 0.9603, 0.1041, 1.0, None, None, (0.0, 10.0))
    ]
    parameters += [
        Parameter(name, "normsys+histosys", pull, width, 0.0, 0.0, 1.0, (-5.0, 5.0))
        for name, pull, width in zip(NUISANCES, pulls, widths, strict=True)
    ]
    for channel in REGIONS:
        prior = np.linspace(0.011, 0.035, 11)
        for index, (width, shift) in enumerate(zip(prior, rng.normal(size=11), strict=True)):
            name = f"staterror_{channel}[{index}]"
            value, error = 1 + 0.6 * width * shift, 0.9 * width
            bounds = (1e-10, 10.0)
            parameters.append(Parameter(name, "staterror", value, error, 1.0, 1.0, width, bounds))
    errors = np.array([one.error for one in parameters])
    return FitResult(
        poi="ttbar_norm",
        parameters=tuple(parameters),
        spread=Covariance.of(correlations(len(parameters)) * np.outer(errors, errors)),
        twice_nll=141.3336,
        method="gradient, trust region",
        covariance_quality="exact",
        goodness_of_fit=GoodnessOfFit(13.2, 21, 0.9008),
        seconds=0.071,
    )


def correlations(size: int) -> np.ndarray:
    """Unit diagonal, a few large entries among the first twelve, noise below 0.05 elsewhere."""
    rng = np.random.default_rng(5)
    matrix = rng.uniform(-0.03, 0.03, (size, size))
    for first, second, value in (
        (0, 1, -0.31),
        (0, 2, 0.44),
        (0, 3, -0.62),
        (0, 4, -0.55),
        (1, 2, -0.73),
        (3, 5, 0.27),
        (4, 5, -0.12),
        (0, 11, -0.28),
        (2, 10, 0.15),
        (3, 4, 0.18),
        (0, 6, -0.11),
    ):
        matrix[first, second] = value
    matrix = np.triu(matrix, 1)
    return matrix + matrix.T + np.eye(size)


def variations() -> tuple[TemplateVariation, ...]:
    found = []
    for region in REGIONS:
        for sample in SAMPLES:
            nominal = template(region, sample)
            only_ttbar = {"ME variation", "PS variation", "ttbar scale variations"}
            for index, name in enumerate(NUISANCES[:-1]):
                if sample != "ttbar" and name in only_ttbar:
                    continue
                if sample != "wjets" and name.startswith("W+jets"):
                    continue
                change = 0.12 / (index + 1) * (1 + (CENTERS - 250) / 300)
                up, down = nominal * (1 + change), nominal * (1 - change)
                found.append(TemplateVariation(region, sample, name, nominal, up, down))
    return tuple(found)


def cutflows() -> tuple[Cutflow, ...]:
    found = []
    for region in REGIONS:
        for sample, (_, weight, entries) in SAMPLES.items():
            last = entries[region]
            counts = (last * 24, last * 5, int(last * 1.9), last)
            names = ("all events", "exactly one lepton", "count(jet) >= 4", f"b tags ({region})")
            steps = tuple(
                CutStep(name, count, count * weight)
                for name, count in zip(names, counts, strict=True)
            )
            found.append(Cutflow(region, sample, steps))
    return tuple(found)


def provenance() -> Provenance:
    files = tuple(
        FileRecord(
            f"/data/agc/{sample}/nominal_{index}.root",
            100_000 + index,
            2_345_678_901,
            f"{index:x}" * 64,
        )
        for index, sample in enumerate(SAMPLES, start=1)
    )
    return Provenance(
        command="hepline run analyses/ttbar.py --samples samples.json --out out",
        started="2026-11-22T03:35:11Z",
        versions=(("python", "3.11.2"), ("hepline", "0.1.0"), ("numpy", "2.4.6")),
        files=files,
        seeds=(("jet_pt_resolution", "20260101"),),
        expressions=(
            ("4j2b: selection", "(count(lepton) == 1) & (count(jet) >= 4) & (count(b) >= 2)"),
            ("4j2b: observable", "Jet.combinations(3)[argmax(pt)].mass"),
        ),
    )


def full_content() -> ReportContent:
    return ReportContent(
        title="Top-quark pair production",
        question="How many top-quark pairs are there, relative to 729.84 pb?",
        luminosity=3378.0,
        energy="13 TeV",
        data="pseudo-data: 0.5 ttbar_ME_var + 0.5 ttbar_PS_var + wjets",
        truth={"ttbar_norm": 1.0, "ME variation": 0.5, "PS variation": 0.5},
        regions=tuple(
            RegionInfo(name, label, axis, EDGES, np.linspace(50, 550, 26))
            for name, (label, axis) in REGIONS.items()
        ),
        samples=tuple(SampleInfo(name, label) for name, (label, _, _) in SAMPLES.items()),
        yields=tuple(
            Yield(
                region,
                sample,
                entries[region],
                weight * entries[region],
                weight * entries[region] ** 0.5,
            )
            for region in REGIONS
            for sample, (_, weight, entries) in SAMPLES.items()
        ),
        cutflows=cutflows(),
        prefit=tuple(prediction(region, scale=1.0, width=0.13) for region in REGIONS),
        postfit=tuple(prediction(region, scale=0.94, width=0.012) for region in REGIONS),
        fit=fit_result(),
        variations=variations(),
        coverage=tuple(
            Coverage(sample, "nominal", 1, 100_000, 100_000, 1_334_428.0) for sample in SAMPLES
        ),
        provenance=provenance(),
        seconds={"plan": 0.12, "read": 71.3, "templates": 0.4, "fit": 0.071},
        events_per_second=146_000.0,
    )


@pytest.fixture(scope="session")
def content() -> ReportContent:
    return full_content()


@pytest.fixture(scope="session")
def incomplete(content: ReportContent) -> ReportContent:
    """One file of W+jets could not be read."""
    unread = (("/data/agc/wjets/nominal_7.root", "basket 12 of Jet_pt fails its checksum"),)
    short = Coverage("wjets", "nominal", 0, 91_500, 100_000, 1_249_076.0, unread)
    coverage = tuple(short if one.sample == "wjets" else one for one in content.coverage)
    notices = (
        Notice(
            "coverage", "1 file of wjets could not be read: 8 500 of 100 000 events are missing."
        ),
    )
    return dataclasses.replace(content, coverage=coverage, notices=notices)


@pytest.fixture
def changed(content: ReportContent) -> Callable[..., ReportContent]:
    """The content with some of its parts replaced."""
    return lambda **parts: dataclasses.replace(content, **parts)


@pytest.fixture(scope="session")
def small(content: ReportContent) -> ReportContent:
    """One region with two variations: quick to draw."""
    return dataclasses.replace(
        content,
        regions=content.regions[:1],
        prefit=content.prefit[:1],
        postfit=content.postfit[:1],
        yields=tuple(one for one in content.yields if one.region == "4j1b"),
        cutflows=tuple(one for one in content.cutflows if one.region == "4j1b"),
        variations=content.variations[:2],
    )
