"""Numbers as text, with as many digits as they deserve."""

from __future__ import annotations

import math

__all__ = ["count", "duration", "events", "events_pair", "measured", "rounded_pair", "size"]

_THIN = "\u202f"  # narrow no-break space


def rounded_pair(value: float, error: float) -> tuple[str, str]:
    """Round a value and its error by the rule of the Particle Data Group.

    The first three digits of the error decide: 100 to 354 keep two digits, 355 to 949 keep
    one, 950 to 999 become 1000 and keep two.

    Returns
    -------
    tuple of (str, str)
        Both with the same number of decimals.

    References
    ----------
    PDG, Review of Particle Physics, Introduction, section 5.3 "Rounding".
    """
    if not (math.isfinite(value) and math.isfinite(error)) or error <= 0:
        return _minus(f"{value:.4g}"), _minus(f"{error:.4g}")
    exponent = math.floor(math.log10(error))
    three_digits = round(error / 10.0 ** (exponent - 2))
    if three_digits >= 950:
        exponent, digits = exponent + 1, 2
    else:
        digits = 2 if three_digits <= 354 else 1
    decimals = digits - 1 - exponent
    places = max(decimals, 0)
    return (
        _minus(f"{round(value, decimals) + 0.0:.{places}f}"),
        f"{round(error, decimals):.{places}f}",
    )


def measured(value: float, error: float) -> str:
    """``0.96 ± 0.10``."""
    return " ± ".join(rounded_pair(value, error))


def count(number: float) -> str:
    """Write a whole number with its thousands apart."""
    return _minus(f"{number:,.0f}".replace(",", _THIN))


def events(number: float) -> str:
    """Write expected events: one decimal below a thousand, none above."""
    decimals = 1 if abs(number) < 1000 else 0
    return _minus(f"{number:,.{decimals}f}".replace(",", _THIN))


def events_pair(number: float, error: float) -> str:
    """Write expected events with their error, both to the same decimal."""
    decimals = 1 if abs(number) < 1000 else 0
    pair = (f"{figure:,.{decimals}f}".replace(",", _THIN) for figure in (number, error))
    return _minus(" ± ".join(pair))


def duration(seconds: float) -> str:
    """Write a wall time: ``34 ms``, ``2.3 s``, ``4 min 05 s``, ``1 h 12 min``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def size(octets: float) -> str:
    """Write the size of a file: ``2.3 GB``; decimal prefixes."""
    for unit in ("B", "kB", "MB", "GB"):
        if octets < 1000:
            return f"{octets:.3g} {unit}" if octets < 999.5 else f"{octets:.0f} {unit}"
        octets /= 1000
    return f"{octets:.3g} TB"


def _minus(text: str) -> str:
    return text.replace("-", "−")
