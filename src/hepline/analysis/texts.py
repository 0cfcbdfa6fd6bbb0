"""Texts behind the codes of text columns, for results that are texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

import awkward as ak
import numpy as np

from hepline.columns.nodes import Node
from hepline.columns.source import Source, Worded
from hepline.columns.text import texts_in
from hepline.errors import CorruptData, LanguageError

__all__ = ["decoded", "joined_words", "words_of"]


def words_of(source: Source, nodes: Iterable[Node]) -> Mapping[int, str]:
    """Texts by their codes; this reads the text columns of the files once more.

    Parameters
    ----------
    source : Source
    nodes : iterable of Node
        Nodes of codes; without text columns among them, nothing is read.

    Raises
    ------
    LanguageError
        If the source has codes but no texts.
    CorruptData
        If two texts have the same code.
    """
    columns = {name: node for node in nodes for name in texts_in(node)}
    if not columns:
        return {}
    if not isinstance(source, Worded):
        node = next(iter(columns.values()))
        raise LanguageError(
            f"the text of {node.brief()} is not known.",
            why=f"the events of {source.name} come with codes of their texts alone.",
            fix="compute with the codes: name.codes; or compare: name == 'a'.",
        )
    words: dict[int, str] = {}
    for part in source.parts:
        for name in columns:
            for start, stop in pairwise(source.pieces(part, [name])):
                words = joined_words(words, source.words(part, name, start, stop), name)
    return words


def joined_words(words: dict[int, str], more: Mapping[int, str], column: str) -> dict[int, str]:
    """Add texts to a dictionary of them by code.

    Raises
    ------
    CorruptData
        If two texts have the same code.
    """
    for code, text in more.items():
        if words.setdefault(code, text) != text:
            raise CorruptData(
                f"two texts in '{column}' have the same code: {words[code]!r} and {text!r}.",
                why="hepline tells texts apart by hashes of 64 bits, which may agree by chance.",
                fix="rename one of them in the file.",
            )
    return words


def decoded(array: ak.Array, words: Mapping[int, str]) -> ak.Array:
    """Convert an array of codes to one of texts.

    Parameters
    ----------
    array : awkward.Array of uint64
        Of any depth; values may be missing.
    words : mapping of int to str

    Returns
    -------
    awkward.Array of strings
    """
    codes = np.unique(ak.to_numpy(ak.drop_none(ak.flatten(array, axis=None))))
    texts = ak.Array([words[int(code)] for code in codes] or [""])

    def exchanged(layout: ak.contents.Content, **_: object) -> ak.contents.Content | None:
        if layout.is_option:
            there = np.asarray(layout.mask_as_bool(valid_when=True))
            places = np.where(there, np.cumsum(there) - 1, -1)
            content = exchanged(layout.project())
            return ak.contents.IndexedOptionArray(ak.index.Index64(places), content)
        if layout.is_numpy:
            return texts[np.searchsorted(codes, layout.data)].layout
        return None

    return ak.transform(exchanged, array)
