"""Which columns the branches of a TTree make, and why others make none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from uproot.interpretation.grouped import AsGrouped
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype, TruncatedNumerical
from uproot.interpretation.objects import AsObjects, CannotBeAwkward
from uproot.interpretation.strings import AsStrings

from hepline.columns.types import TEXT
from hepline.data.damage import DAMAGE, sentence
from hepline.data.nested import LONGEST_ARRAY
from hepline.data.packedfloats import Packing, packing_of
from hepline.data.vectors import Vectors, text_of, vectors_of

__all__ = ["Stored", "columns_of"]

# Leaves of plain numbers: signed and unsigned.
_LEAVES = {
    "TLeafB": ("i1", "u1"),
    "TLeafS": (">i2", ">u2"),
    "TLeafI": (">i4", ">u4"),
    "TLeafL": (">i8", ">u8"),
    "TLeafG": (">i8", ">u8"),
    "TLeafF": (">f4", ">f4"),
    "TLeafD": (">f8", ">f8"),
    "TLeafO": ("?", "?"),
}
_PACKED = ("TLeafF16", "TLeafD32")
# Elements of a std::vector and its like.
_NUMBERS = {
    "bool": "?",
    "char": "i1",
    "signed char": "i1",
    "unsigned char": "u1",
    "short": ">i2",
    "unsigned short": ">u2",
    "int": ">i4",
    "unsigned int": ">u4",
    "long": ">i8",
    "unsigned long": ">u8",
    "float": ">f4",
    "double": ">f8",
}
_CONTAINERS = ("vector<", "list<", "deque<", "set<", "multiset<", "TArray", "TClonesArray")
_CONTAINER = re.compile(r"(?:std::)?(?:vector|list|deque|set|multiset)<([\w ]+)>")
# Bytes before the elements of each container: their number of bytes, a version, their number.
_HEADER = 10


@dataclass(frozen=True, eq=False)
class Stored:
    """A column, the branch it lies in, and how its numbers are written there.

    Attributes
    ----------
    name : str
    branch : uproot.TBranch
    dtype : str
    record : dtype or None
        What the branch holds for each event, or for each element of its lists; None if only
        uproot knows how to take it apart.
    listed : bool
        Whether there is a list for each event.
    header : int
        Bytes before the elements of each list.
    member : str or None
        Of the record.
    place : int or None
        In an array of fixed length.
    packing : Packing or None
        Of floats that take fewer bits.
    vectors : Vectors or None
        How lists of lists and text are written.
    lengths : tuple of int
        Of an array that is too long for a column of each place: it is a list of constant length.
    inner : int
        How many lists are inside each list.
    """

    name: str
    branch: Any
    dtype: str
    record: np.dtype[Any] | None
    listed: bool = False
    header: int = 0
    member: str | None = None
    place: int | None = None
    packing: Packing | None = None
    vectors: Vectors | None = None
    lengths: tuple[int, ...] = ()
    inner: int = 0

    @property
    def depth(self) -> int:
        """Number of list levels."""
        return self.listed + self.inner + len(self.lengths)

    @cached_property
    def counter(self) -> str | None:
        """The branch that counts the elements of its lists."""
        leaf = self.branch.count_leaf if self.listed else None
        # The owner of a leaf is a branch; uproot asks every class of all objects for it.
        while leaf is not None and not hasattr(leaf, "count_leaf"):
            leaf = getattr(leaf, "parent", None)
        return None if leaf is None else str(leaf.name)


class _Unfit(Exception):
    """A branch that makes no column; the message says why."""


def columns_of(tree: Any) -> tuple[dict[str, Stored], dict[str, str]]:
    """The columns of an opened TTree.

    Parameters
    ----------
    tree : uproot.TTree

    Returns
    -------
    dict of str to Stored
    dict of str to str
        Branches that make no column, to the reason.
    """
    branches = list(tree.itervalues(recursive=True))
    understood = _Understood()
    names = [branch.name for branch in branches]
    repeated = Counter(names)
    columns: dict[str, Stored] = {}
    obstacles: dict[str, str] = {}
    parts_of_others: list[Stored] = []
    for branch, name in zip(branches, names, strict=True):
        if repeated[name] > 1:
            obstacles[name] = f"{repeated[name]} branches have this name."
            continue
        try:
            parts = list(_columns(branch, understood))
        except _Unfit as error:
            obstacles[name] = str(error)
        except DAMAGE as error:
            obstacles[name] = f"its description cannot be understood: {sentence(error)}"
        else:
            for column in parts:
                if column.name == name:
                    columns[name] = column
                else:
                    parts_of_others.append(column)
    times = Counter(column.name for column in parts_of_others)
    for column in parts_of_others:
        if column.name in repeated or times[column.name] > 1:
            obstacles[column.branch.name] = (
                f"its parts would be called as other columns are, such as '{column.name}'."
            )
    columns |= {
        column.name: column for column in parts_of_others if column.branch.name not in obstacles
    }
    return columns, obstacles


class _Understood:
    """How uproot understands branches: once for all that hold objects of one class, whole."""

    def __init__(self) -> None:
        self._classes: dict[str, Any] = {}

    def of(self, branch: Any) -> Any:
        if len(branch.branches) or not branch.top_level or branch.classname != "TBranchElement":
            return branch.interpretation
        kind = f"{branch.member('fType')} {branch.member('fStreamerType')} {_class(branch)}"
        interpretation = self._classes.get(kind)
        if interpretation is None:
            interpretation = self._classes[kind] = branch.interpretation
        return interpretation


def _class(branch: Any) -> str:
    return str(branch.member("fClassName"))


def _columns(branch: Any, understood: _Understood) -> Iterator[Stored]:
    leaves = branch.member("fLeaves")
    if branch.classname == "TBranch" and len(leaves) == 1:
        yield from _of_leaf(branch, leaves[0])
        return
    if len(branch.branches) == 0 and branch.top_level and branch.classname == "TBranchElement":
        kind = _class(branch)
        container = _CONTAINER.fullmatch(kind)
        if container and container[1] in _NUMBERS:
            record = np.dtype(_NUMBERS[container[1]])
            yield Stored(branch.name, branch, _called(record), record, True, _HEADER)
            return
        if container and container[1] == "Double32_t":
            yield replace(_packed(branch, packing_of("", short=False), True), header=_HEADER)
            return
        if not kind.startswith((*_CONTAINERS, "string")):
            raise _Unfit(_reason(kind))
    yield from _interpreted(branch, understood.of(branch))


def _of_leaf(branch: Any, leaf: Any) -> Iterator[Stored]:
    """The columns of a branch that C++ or uproot made of one plain variable."""
    counted, kind = leaf.member("fLeafCount") is not None, leaf.classname
    if kind in _PACKED:
        packing = packing_of(str(leaf.member("fTitle")).partition("/")[2], short=kind == "TLeafF16")
        whole = _packed(branch, packing, counted)
    elif kind in _LEAVES:
        record = np.dtype(_LEAVES[kind][bool(leaf.member("fIsUnsigned"))])
        whole = Stored(branch.name, branch, _called(record), record, counted)
    elif kind == "TLeafC":
        yield _text(branch, text_of(0))
        return
    else:
        raise _Unfit(_reason(kind))
    length = int(leaf.member("fLen"))
    if length == 1:
        yield whole
        return
    shape = tuple(int(size) for size in re.findall(r"\[(\d+)\]", str(leaf.member("fTitle"))))
    if int(np.prod(shape)) != length:
        shape = (length,)
    yield from _split(whole, shape)


def _interpreted(branch: Any, interpretation: Any) -> Iterator[Stored]:
    """The columns of a branch, as uproot understands it."""
    listed = isinstance(interpretation, AsJagged)
    content = interpretation.content if listed else interpretation
    header = interpretation.header_bytes if listed else 0
    if isinstance(content, TruncatedNumerical):
        title = str(branch.streamer.title) if branch.streamer is not None else ""
        packing = packing_of(title, short=type(content).__name__ == "AsFloat16")
        whole = replace(_packed(branch, packing, listed), header=header)
        shape = tuple(content.to_dims)
        yield from _split(whole, shape) if shape else iter((whole,))
    elif isinstance(content, AsDtype):
        record, numbers = content.from_dtype, content.numpy_dtype
        if record.names is not None:
            yield from _of_members(branch, record, listed)
            return
        whole = Stored(branch.name, branch, _called(numbers.base), record.base, listed, header)
        yield from _split(whole, numbers.shape) if numbers.shape else iter((whole,))
    elif isinstance(interpretation, AsStrings):
        if interpretation.length_bytes != "1-5":
            raise _Unfit("it holds text in a form that only old files have.")
        yield _text(branch, text_of(interpretation.header_bytes))
    elif not isinstance(interpretation, AsGrouped):
        yield from _of_objects(branch, interpretation)


def _of_objects(branch: Any, interpretation: Any) -> Iterator[Stored]:
    """The columns of lists of lists, and of other containers."""
    vectors = vectors_of(interpretation) if isinstance(interpretation, AsObjects) else None
    if vectors is None:
        yield _by_uproot(branch, interpretation)
        return
    if vectors.is_text:
        yield _text(branch, vectors)
        return
    whole = Stored(branch.name, branch, "", vectors.record, True, vectors=vectors)
    whole = replace(whole, inner=vectors.depth - 1)
    for member in vectors.members:
        kind = _called(vectors.record[member])
        yield replace(whole, name=f"{branch.name}.{member}", dtype=kind, member=member)
    if not vectors.members:
        yield replace(whole, dtype="bool" if vectors.is_boolean else _called(vectors.record))


def _text(branch: Any, vectors: Vectors) -> Stored:
    """A column of text: one for each event, or lists of it."""
    listed, inner = vectors.depth > 0, max(vectors.depth - 1, 0)
    return Stored(branch.name, branch, TEXT, vectors.record, listed, vectors=vectors, inner=inner)


def _by_uproot(branch: Any, interpretation: Any) -> Stored:
    """A column that only uproot knows how to take apart: numbers in other containers."""
    kind = str(branch.typename)
    if isinstance(interpretation, AsObjects) and kind.removeprefix("std::").startswith(_CONTAINERS):
        try:
            form = interpretation.awkward_form(branch.file)
        except CannotBeAwkward:
            raise _Unfit(_reason(kind)) from None
        depth, is_text = 0, False
        while form.is_list:
            is_text = is_text or "__array__" in form.parameters
            depth, form = depth + 1, form.content
        if form.is_numpy and not form.inner_shape and not is_text:
            dtype = np.dtype(form.primitive)
            inner = max(depth - 1, 0)
            return Stored(branch.name, branch, _called(dtype), None, depth > 0, inner=inner)
    raise _Unfit(_reason(kind))


def _of_members(branch: Any, record: np.dtype[Any], listed: bool) -> Iterator[Stored]:
    """The variables of a branch with several leaves."""
    if listed:
        raise _Unfit("it holds a list of structures for each event, written member by member.")
    for member in record.names or ():
        kind = record[member]
        whole = Stored(
            f"{branch.name}_{member}", branch, _called(kind.base), record, member=str(member)
        )
        yield from _split(whole, kind.shape) if kind.shape else iter((whole,))


def _split(whole: Stored, shape: tuple[int, ...]) -> Iterator[Stored]:
    """One column for each place in an array of fixed length; a list if it is long."""
    size = int(np.prod(shape))
    record = whole.record
    if whole.member is None:
        record = np.dtype([("all", record, (size,))])
    member = whole.member or "all"
    # Branches of split objects are called "covMatrix[10]".
    name = re.sub(r"(\[\d+\])+$", "", whole.name)
    if size > LONGEST_ARRAY:
        yield replace(whole, name=name, record=record, member=member, lengths=shape)
        return
    for place, indices in enumerate(np.ndindex(*shape)):
        called = "_".join([name, *map(str, indices)])
        yield replace(whole, name=called, record=record, member=member, place=place)


def _packed(branch: Any, packing: Packing, listed: bool) -> Stored:
    return Stored(branch.name, branch, packing.dtype, packing.stored, listed, packing=packing)


@cache
def _called(kind: np.dtype[Any]) -> str:
    """NumPy's name of a type of numbers."""
    if kind.kind not in "biuf":
        raise _Unfit(f"it holds {kind}, which is not a number.")
    return str(kind.newbyteorder("=").name)


def _reason(kind: str) -> str:
    """Why there is no column for a type of C++."""
    short = kind.replace("std::", "")
    if "string" in short and "<" not in short:
        return "it holds text."
    if short.startswith("vector<") and "vector<" in short[7:]:
        return f"it holds lists of lists ({kind})."
    if "<" in short:
        return f"it holds lists of objects, text or lists ({kind})."
    return f"it holds objects of the class {kind}."
