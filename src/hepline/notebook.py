"""Results in notebooks: small tables, as ``_repr_html_`` gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["html_table"]

_MOST = 60


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """A table of texts, all of them escaped; the middle of a long one is left out.

    Parameters
    ----------
    head : sequence of str
    rows : iterable of sequence of str
    caption : str, optional
    """
    given = [tuple(row) for row in rows]
    if len(given) > _MOST:
        gap = (f"… {len(given) - _MOST} more …", *[""] * (len(head) - 1))
        given = [*given[: _MOST - 10], gap, *given[-10:]]
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in given)
    return (
        f"<table>{title}<thead><tr>{_cells('th', head)}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(tag: str, texts: Sequence[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)
