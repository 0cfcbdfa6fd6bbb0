"""Scores of decision trees as machine code.

Rows go through one tree at a time in blocks, so that its nodes stay in the processor's cache, and
four at once, so that one is computed while another waits for memory (bench/trees.py: 1.5 times as
fast as XGBoost's own loop, and 2.7 times as fast as one row after the other).
"""

# The decorator declares the types.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from hepline.machine.function import function

__all__ = ["LOOPS"]

_BLOCK = 64


def _add_leaves(rows, roots, group, groups, feature, border, child, absent, leaf, sums):  # noqa: ARG001
    count = len(sums) // groups
    begin = 0
    while begin < count:
        end = min(begin + _BLOCK, count)
        for tree in range(len(roots)):
            root = roots[tree]
            first = group[tree]
            row = begin
            while row + 4 <= end:
                a = root
                b = root
                c = root
                d = root
                below_a = child[a]
                below_b = child[b]
                below_c = child[c]
                below_d = child[d]
                # A leaf is its own child: rows that have arrived wait for the others.
                while (below_a != a) | (below_b != b) | (below_c != c) | (below_d != d):
                    a = below_a + (rows[row, feature[a]] >= border[a])
                    b = below_b + (rows[row + 1, feature[b]] >= border[b])
                    c = below_c + (rows[row + 2, feature[c]] >= border[c])
                    d = below_d + (rows[row + 3, feature[d]] >= border[d])
                    below_a = child[a]
                    below_b = child[b]
                    below_c = child[c]
                    below_d = child[d]
                place = row * groups + first
                sums[place] = sums[place] + leaf[a]
                place += groups
                sums[place] = sums[place] + leaf[b]
                place += groups
                sums[place] = sums[place] + leaf[c]
                place += groups
                sums[place] = sums[place] + leaf[d]
                row += 4
            while row < end:
                node = root
                below = child[node]
                while below != node:
                    node = below + (rows[row, feature[node]] >= border[node])
                    below = child[node]
                place = row * groups + first
                sums[place] = sums[place] + leaf[node]
                row += 1
        begin = end


def _add_leaves_with_missing(
    rows, roots, group, groups, feature, border, child, absent, leaf, sums
):
    count = len(sums) // groups
    for row in range(count):
        for tree in range(len(roots)):
            node = roots[tree]
            below = child[node]
            while below != node:
                value = rows[row, feature[node]]
                if value != value:
                    node = below + absent[node]
                    below = child[node]
                    continue
                node = below + (value >= border[node])
                below = child[node]
            place = row * groups + group[tree]
            sums[place] = sums[place] + leaf[node]


def _types(number):
    return {
        "rows": f"{number}[,]", "roots": "i8[]", "group": "i8[]", "groups": "i8", "feature": "i4[]",
        "border": f"{number}[]", "child": "i4[]", "absent": "i4[]", "leaf": f"{number}[]",
        "sums": f"{number}[]",
    }  # fmt: skip


LOOPS = {
    (number, missing): function(**_types(number))(loop)
    for number in ("f4", "f8")
    for missing, loop in ((False, _add_leaves), (True, _add_leaves_with_missing))
}
"""By type of the numbers, and whether some of them are NaN."""
