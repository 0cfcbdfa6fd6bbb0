"""Blocks of events follow from the types of the columns."""

from hepline.data.writing.columns import Written, events_per_block


def test_blocks_follow_from_types():
    scalars = [Written(f"x{n}", "float64") for n in range(10)]
    assert events_per_block(scalars, 80 * 5000) == 5000
    lists = [Written("y", "float32", 1), Written("z", "uint8", 2)]
    assert events_per_block(lists, 32 * 3000) == 3000
    assert events_per_block(scalars, 10) == 1000
    assert events_per_block(scalars, 1 << 40) == 100_000
    assert events_per_block([Written("t", "string")], 8 * 2000) == 2000
