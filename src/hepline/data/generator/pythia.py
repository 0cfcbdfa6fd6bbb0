"""Runs Pythia 8 and hands out its events as flat arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

from hepline.data.generator.bottom_gluon import bottom_gluon_process
from hepline.data.generator.lepton_filter import lepton_filter
from hepline.data.generator.leptonic import leptonic_decays
from hepline.data.generator.particles import Particles, particles_from_batch
from hepline.data.generator.process import COMMON_SETTINGS, Part
from hepline.data.generator.scale_weights import ScaleWeights, coupling_power
from hepline.errors import GeneratorError, MissingPackage

__all__ = ["CrossSection", "PythiaRun", "import_fastjet", "import_pythia"]

_PICOBARN_PER_MILLIBARN = 1e9
# Attempts per wanted event before giving up: far above the 1 in 1000 events Pythia rejects.
_PATIENCE = 20.0


def _missing(package: str) -> MissingPackage:
    return MissingPackage(
        f"'{package}' is not installed.",
        why="event generation needs Pythia 8 and FastJet, which come as an extra because Pythia"
        " is under the GPL.",
        fix="pip install 'hepline[generate]'",
    )


def import_pythia() -> ModuleType:
    """Import ``pythia8mc`` or say how to install it.

    Raises
    ------
    MissingPackage
        If it is not installed.
    """
    try:
        import pythia8mc
    except ImportError as error:
        raise _missing("pythia8mc") from error
    return pythia8mc  # type: ignore[no-any-return]


def import_fastjet() -> ModuleType:
    """Import ``fastjet`` or say how to install it; its banner is kept off standard output.

    Raises
    ------
    MissingPackage
        If it is not installed.
    """
    try:
        import fastjet
    except ImportError as error:
        raise _missing("fastjet") from error
    fastjet._swig.ClusterSequence.set_fastjet_banner_stream(None)
    return fastjet  # type: ignore[no-any-return]


@cache
def _blank() -> Any:
    """A Pythia whose settings and particles are copied: to read them from files takes 40 ms."""
    return import_pythia().Pythia("", False)


@dataclass(frozen=True)
class CrossSection:
    """Pythia's own estimate for what it generated.

    Attributes
    ----------
    value, error : float, pb
    """

    value: float
    error: float


class PythiaRun:
    """One initialised Pythia, for one part of one block of events.

    Parameters
    ----------
    part : Part
        Which settings.
    seed : int
        Pythia's seed, 1 to 900 000 000.
    energy : float, TeV
        Of the collisions.
    weights : bool
        Add ``LHEScaleWeight`` to what the particles know of the generator.

    Raises
    ------
    MissingPackage
        If Pythia is not installed.
    GeneratorError
        If Pythia refuses a setting or cannot start.

    References
    ----------
    C. Bierlich et al., SciPost Phys. Codebases 8 (2022), arXiv:2203.11601.
    """

    def __init__(
        self, part: Part, seed: int, *, energy: float = 13.0, weights: bool = False
    ) -> None:
        self.part = part
        module = import_pythia()
        blank = _blank()
        self._pythia: Any = module.Pythia(blank.settings, blank.particleData, False)
        for line in (
            *COMMON_SETTINGS,
            f"Beams:eCM = {1000 * energy:g}.",
            *part.settings,
            "Random:setSeed = on",
            f"Random:seed = {seed}",
        ):
            self._set(line)
        if part.bottom_gluon:
            # Pythia keeps a C++ pointer only: the Python object has to outlive it.
            self._own_process = bottom_gluon_process(module)
            self._pythia.addSigmaPtr(self._own_process)
        if part.leptonic:
            self._filter = leptonic_decays(module)
            self._pythia.setUserHooksPtr(self._filter)
        elif part.leptons is not None or part.fakes is not None:
            self._filter = lepton_filter(module, part)
            self._pythia.setUserHooksPtr(self._filter)
        if not self._pythia.init():
            raise GeneratorError(
                "Pythia 8 could not be initialised.",
                why="it rejected the combination of settings; its messages stand above.",
                fix="report this with the process name; other processes are not affected.",
            )

        power = coupling_power(part) if weights else None
        self._scales = None if power is None else ScaleWeights(module, self._pythia, power)

    def _set(self, line: str) -> None:
        if not self._pythia.readString(line):
            raise GeneratorError(
                f"Pythia 8 does not accept the setting '{line}'.",
                why="this version of pythia8mc does not know it, or not with this value.",
                fix="install a version it was tested with: pip install 'pythia8mc>=8.310'",
            )

    def batches(self, events: int, *, batch: int) -> Iterator[Particles]:
        """Generate events, a batch at a time.

        Parameters
        ----------
        events : int
        batch : int
            Events per batch; bounds the memory, does not change the events.

        Yields
        ------
        Particles

        Raises
        ------
        GeneratorError
            If Pythia gives up.
        """
        finished = 0
        while finished < events:
            size = min(batch, events - finished)
            yield self._particles(self._next_batch(size))
            finished += size

    def _particles(self, batch: Any) -> Particles:
        particles = particles_from_batch(batch)
        if self._scales is None:
            return particles
        scales = self._scales.of(batch.info)
        return replace(particles, generator={**particles.generator, "LHEScaleWeight": scales})

    def _next_batch(self, size: int) -> Any:
        try:
            return self._pythia.nextBatch(size, _PATIENCE)
        except RuntimeError as error:
            raise GeneratorError(
                f"Pythia 8 stopped within a batch of {size} events: {error}",
                why=f"more than {_PATIENCE:g} attempts per event failed.",
                fix="try another seed; report the seed and the process if it happens again.",
            ) from error

    def cross_section(self) -> CrossSection:
        """Cross-section of what was generated, from all phase-space points tried so far."""
        info = self._pythia.infoPython()
        return CrossSection(
            info.sigmaGen() * _PICOBARN_PER_MILLIBARN, info.sigmaErr() * _PICOBARN_PER_MILLIBARN
        )
