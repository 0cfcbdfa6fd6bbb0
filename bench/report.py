"""How long does the report of a large run take: many regions, samples and variations?

    python bench/report.py [--regions 13] [--workers 2]

Drawn anew in each format, then with nothing changed. Wall and CPU seconds, of all processes.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from hepline.engine.cores import usable_cores
from hepline.records import Provenance
from hepline.show.content import RegionInfo, ReportContent, SampleInfo, TemplateVariation
from hepline.show.drawing import Studio
from hepline.show.figures import draw_figures
from hepline.show.report import write_report
from hepline.stats.results import ChannelPrediction

SAMPLES = ("$t\\bar{t}$", "W + jets", "Z + jets", "single top", "diboson")
NUISANCES = tuple(f"nuisance parameter {number}" for number in range(8))
EDGES = np.linspace(110, 550, 12)
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2


def template(region: int, sample: int) -> np.ndarray:
    """Events per bin: a peak on a tail, which differ by region and sample."""
    peak = np.exp(-0.5 * ((MIDDLES - 178 - 10 * region) / 32) ** 2)
    return (5000 * peak / (1 + sample) + 3000 * np.exp(-MIDDLES / 170)) / (1 + region)


def prediction(region: int) -> ChannelPrediction:
    """Data, expectation and its uncertainty in a region."""
    parts = [template(region, sample) for sample in range(len(SAMPLES))]
    total = np.sum(parts, axis=0)
    return ChannelPrediction(
        channel=f"SR{region}",
        samples=tuple(zip(SAMPLES, parts, strict=True)),
        total=total,
        uncertainty=0.07 * total,
        yield_uncertainty=0.05 * float(total.sum()),
        data=np.random.default_rng(region).poisson(total).astype(float),
    )


def variations(region: int) -> list[TemplateVariation]:
    """Each sample at one standard deviation of each nuisance parameter."""
    found = []
    for sample, name in enumerate(SAMPLES):
        nominal = template(region, sample)
        for number, nuisance in enumerate(NUISANCES):
            tilt = 0.01 * (1 + number) * (MIDDLES - 330) / 220
            up, down = nominal * (1 + tilt), nominal * (1 - tilt)
            found.append(TemplateVariation(f"SR{region}", name, nuisance, nominal, up, down))
    return found


def content(regions: int) -> ReportContent:
    """What a run with this many regions has to show."""
    label = "$m_{bjj}$ [GeV]"
    predictions = tuple(prediction(region) for region in range(regions))
    return ReportContent(
        title="A large run",
        question="How long does its report take?",
        luminosity=3378.0,
        energy="13 TeV",
        data="Poisson numbers",
        regions=tuple(
            RegionInfo(f"SR{n}", f"signal region {n}", label, EDGES, EDGES) for n in range(regions)
        ),
        samples=tuple(SampleInfo(name, name) for name in SAMPLES),
        provenance=Provenance("bench/report.py", "now"),
        prefit=predictions,
        postfit=predictions,
        variations=tuple(one for region in range(regions) for one in variations(region)),
    )


def cpu() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Parse the command line, draw and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, default=13)
    parser.add_argument("--workers", type=int, default=usable_cores())
    given = parser.parse_args()
    shown = content(given.regions)
    print(f"{'figures':<12}{'number':>8}{'draw s':>10}{'page s':>10}{'CPU s':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name, formats in (("png", "png"), ("both", "both"), ("unchanged", "both")):
            out = Path(folder) / formats
            used, began = cpu(), time.perf_counter()
            figures = draw_figures(shown, Studio(formats, given.workers, out))
            drawn = time.perf_counter()
            write_report(out, shown, figures)
            written = time.perf_counter()
            times = (drawn - began, written - drawn, cpu() - used)
            print(f"{name:<12}{len(figures):>8}" + "".join(f"{one:>10.2f}" for one in times))


if __name__ == "__main__":
    main()
