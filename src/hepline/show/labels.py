"""Labels that hold mathtext, made fit for a figure or a web page."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

from markupsafe import Markup, escape
from matplotlib.mathtext import MathTextParser

__all__ = [
    "drawn_label",
    "has_math",
    "html_label",
    "latex_label",
    "plain_label",
    "shortened",
    "slug",
    "unit_of",
]

_SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "varepsilon": "ε",
    "epsilon": "ε",
    "kappa": "κ",
    "lambda": "λ",
    "rho": "ρ",
    "chi": "χ",
    "omega": "ω",
    "Omega": "Ω",
    "Gamma": "Γ",
    "Lambda": "Λ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "oplus": "⊕",
    "prime": "′",
    "delta": "δ",
    "Delta": "Δ",
    "eta": "η",
    "theta": "θ",
    "mu": "μ",
    "nu": "ν",
    "pi": "π",
    "sigma": "σ",
    "Sigma": "Σ",
    "sum": "∑",
    "tau": "τ",
    "phi": "φ",
    "psi": "ψ",
    "Upsilon": "Υ",
    "ell": "ℓ",
    "geq": "≥",
    "ge": "≥",
    "leq": "≤",
    "le": "≤",
    "to": "→",
    "rightarrow": "→",
    "times": "×",
    "pm": "±",
    "sqrt": "√",
}
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **{
        symbol: rf"$\{name}$"
        for name, symbol in _SYMBOLS.items()
        if name not in ("ge", "le", "to", "epsilon", "prime")
    },
    **{
        raised: f"$^{{{digit}}}$"
        for raised, digit in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)
    },
    "−": "$-$",
    "µ": r"$\mu$",  # the micro sign, which keyboards have
    "′": "$'$",
    "|": "$|$",
    "–": "--",
    "…": r"\ldots{}",
    "\u202f": r"\,",
}
_MATH = re.compile(r"\$([^$]+)\$")
_SCRIPT = re.compile(r"([_^])(?:\{([^{}]*)\}|([^\s&{}]))")


@lru_cache(maxsize=1024)
def has_math(text: str) -> bool:
    """Whether a label holds mathtext that can be drawn; a lone dollar sign is only a sign."""
    if not _MATH.search(text):
        return False
    try:
        MathTextParser("path").parse(text)
    except ValueError:
        return False
    return True


def html_label(text: str) -> Markup:
    r"""Turn a label into HTML: escaped, with simple mathtext turned into Unicode and scripts.

    Parameters
    ----------
    text : str
        ``$t\bar{t}$ + jets``, say.

    Returns
    -------
    Markup
        ``tt̄ + jets``; text that is not valid mathtext is shown as it is.
    """
    if not has_math(text):
        return escape(text)
    pieces = _MATH.split(text)
    parts = [_math_to_html(piece) if odd % 2 else escape(piece) for odd, piece in enumerate(pieces)]
    return Markup("").join(parts)


def latex_label(text: str) -> str:
    r"""Turn a label into LaTeX: mathtext stays, all else is escaped.

    Parameters
    ----------
    text : str
        ``$t\bar{t}$ & jets, ≥ 4``, say.

    Returns
    -------
    str
        ``$t\bar{t}$ \& jets, $\geq$ 4``; text that is not valid mathtext is escaped whole.
    """
    pieces = _MATH.split(text) if has_math(text) else [text]
    return "".join(
        f"${piece}$" if odd % 2 else _text_to_latex(piece) for odd, piece in enumerate(pieces)
    )


def _text_to_latex(text: str) -> str:
    escaped = "".join(_LATEX.get(sign, sign) for sign in text)
    # A letter with a combining bar, such as that of an antiquark.
    return re.sub("(\\w)\u0304", r"$\\bar{\1}$", escaped)


def plain_label(text: str) -> str:
    """Strip a label of any markup, for descriptions that are read aloud."""
    return html_label(text).striptags()


def _math_to_html(math: str) -> Markup:
    plain = re.sub(r"\\(?:mathrm|mathit|text|rm|bf|mathbf)\b\s*\{([^{}]*)\}", r"\1", math)
    plain = re.sub(r"\\(?:bar|overline)\s*\{?\s*(\w)\s*\}?", "\\1\u0304", plain)
    plain = re.sub(r"\\([A-Za-z]+) ?", lambda match: _SYMBOLS.get(match[1], match[1]), plain)
    plain = re.sub(r"\\[,;!: ]", " ", plain)
    # Escaping comes before the only tags that are added, so that a label can bring none of its own.
    safe = str(escape(plain))
    scripted = _SCRIPT.sub(_script, safe).replace("{", "").replace("}", "")
    return Markup(scripted)  # noqa: S704 -- escaped two lines above


def _script(match: re.Match[str]) -> str:
    tag = "sub" if match[1] == "_" else "sup"
    return f"<{tag}>{match[2] if match[2] is not None else match[3]}</{tag}>"


def shortened(name: str, most: int) -> str:
    """Cut the middle out of a name that is longer than a figure has room for."""
    if len(name) <= most:
        return name
    tail = most // 3
    return f"{name[: most - tail - 1]}…{name[-tail:]}"


def drawn_label(label: str, most: int) -> str:
    """A label as a figure has room for it: a printed recipe may be as long as a page.

    Mathtext stays whole, since a piece of it may have no meaning.
    """
    return label if has_math(label) else shortened(label, most)


def slug(name: str) -> str:
    """Make a name a part of file names and page anchors; different names stay different."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).lstrip(".")
    # Two names may become one by the replacement: only a name that needed none is safe as it is.
    return plain if plain == name else f"{plain}-{zlib.crc32(name.encode()):08x}"


def unit_of(axis_label: str) -> str:
    """Find the unit in the last square brackets of an axis label; empty without one."""
    match = re.search(r"\[([^\[\]]+)\]\s*$", axis_label)
    return match[1] if match else ""
