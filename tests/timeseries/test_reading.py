"""Channels from files as other programs write them, against the arrays that were written."""

import h5py
import numpy as np
import pandas as pd
import pytest

import hepline as hl
from hepline.errors import DataError, FileUnreadable


def write_strain(path, start, values, mask):
    """The layout of GWOSC: strain, and a mask of quality with one sample a second."""
    with h5py.File(path, "w") as file:
        strain = file.create_dataset("strain/Strain", data=values, compression="gzip")
        strain.attrs.update({"Xstart": start, "Xspacing": 1 / 64, "Xunits": "second", "Yunits": ""})
        quality = file.create_dataset("quality/simple/DQmask", data=np.array(mask, np.uint32))
        quality.attrs.update({"Xstart": start, "Xspacing": 1.0})
        file.create_dataset("quality/simple/DQDescriptions", data=np.array([b"data", b"CBC"]))
        file["meta/GPSstart"] = start
    return path


@pytest.fixture
def strain(tmp_path):
    generator = np.random.default_rng(3)
    values = generator.normal(size=64 * 16) * 1e-21
    values[100:110] = np.nan
    write_strain(tmp_path / "H-1.hdf5", 1_126_259_446, values[: 64 * 8], [1, 3, 3, 3, 3, 3, 1, 3])
    write_strain(tmp_path / "H-2.hdf5", 1_126_259_456, values[64 * 8 :], [3] * 8)
    return values


def test_strain_data_of_two_files_have_the_gap_between_them(tmp_path, strain):
    series = hl.series(tmp_path / "H-*.hdf5")
    assert list(series) == ["quality/simple/DQmask", "strain/Strain"]
    channel = series["strain/Strain"]
    assert (channel.start, channel.rate, len(channel)) == (1_126_259_446.0, 64.0, 64 * 18)
    np.testing.assert_array_equal(channel.values[: 64 * 8], strain[: 64 * 8])
    np.testing.assert_array_equal(channel.values[64 * 10 :], strain[64 * 8 :])
    assert channel.gaps() == [
        (1_126_259_446 + 100 / 64, 1_126_259_446 + 110 / 64),
        (1_126_259_454.0, 1_126_259_456.0),
    ]
    good = channel.where(series["quality/simple/DQmask"], bit=1)
    assert not good.valid[:64].any()
    assert not good.valid[64 * 6 : 64 * 7].any()
    assert good.valid[64 * 10 :].all()


def test_only_the_samples_that_are_asked_for_are_read(tmp_path, strain):
    part = hl.series(
        tmp_path / "H-1.hdf5", "strain/Strain", start=1_126_259_450, stop=1_126_259_451
    )["strain/Strain"]
    np.testing.assert_array_equal(part.values, strain[64 * 4 : 64 * 5])


def test_files_that_overlap_or_disagree_are_refused(tmp_path):
    write_strain(tmp_path / "a.hdf5", 0, np.zeros(640), [3] * 10)
    write_strain(tmp_path / "b.hdf5", 5, np.zeros(640), [3] * 10)
    with pytest.raises(DataError, match="overlap"):
        hl.series(tmp_path / "*.hdf5", "strain/Strain")
    write_strain(tmp_path / "b.hdf5", 20.003, np.zeros(640), [3] * 10)
    with pytest.raises(DataError, match="same clock"):
        hl.series(tmp_path / "*.hdf5", "strain/Strain")


def test_other_names_of_sampling_attributes(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["gwpy"] = np.arange(4.0)
        file["gwpy"].attrs.update({"x0": 7.0, "dx": 0.5, "unit": "strain"})
        file["pycbc"] = np.arange(4)
        file["pycbc"].attrs.update({"start_time": 7, "delta_t": 0.25})
        file["plain"] = np.arange(4.0)
    series = hl.series(tmp_path / "x.h5")
    assert {name: (c.start, c.rate, c.unit) for name, c in series.items()} == {
        "gwpy": (7.0, 2.0, "strain"),
        "pycbc": (7.0, 4.0, ""),
    }
    with pytest.raises(DataError, match="rate="):
        hl.series(tmp_path / "x.h5", "plain")
    plain = hl.series(tmp_path / "x.h5", "plain", rate=8.0, begin=3.0)["plain"]
    assert (plain.start, plain.rate) == (3.0, 8.0)
    with pytest.raises(DataError, match="did you mean"):
        hl.series(tmp_path / "x.h5", "gwpi")


def test_a_table_with_a_column_of_times(tmp_path):
    times = np.arange(200) * 0.02
    frame = pd.DataFrame(
        {"time": times, "seismometer": np.sin(times), "mask": 1, "count": range(200)}
    )
    frame.drop(index=range(50, 60)).to_csv(tmp_path / "x.csv", index=False)
    series = hl.series(tmp_path / "x.csv")
    channel = series["seismometer"]
    assert channel.rate == pytest.approx(50)
    assert channel.gaps() == [pytest.approx((1.0, 1.2))]
    np.testing.assert_allclose(channel.values[channel.valid], frame.seismometer[channel.valid])
    # Counts of an ADC are filtered like any number; a mask never is.
    assert series["count"].values.dtype == np.float64
    assert series["mask"].values.dtype == np.int64
    frame.to_parquet(tmp_path / "x.parquet")
    same = hl.series(tmp_path / "x.parquet", "seismo*", time="time", start=1.0, stop=2.0)
    assert list(same) == ["seismometer"]
    np.testing.assert_array_equal(same["seismometer"].values, frame.seismometer[50:100])


def test_dates_are_times(tmp_path):
    moments = pd.date_range("2026-12-01T09:30:00", periods=20, freq="250ms")
    text = "date,x\n" + "".join(f"{m.isoformat()}Z,{n}.5\n" for n, m in enumerate(moments))
    (tmp_path / "x.csv").write_text(text)
    channel = hl.series(tmp_path / "x.csv", time="date")["x"]
    assert channel.start == moments[0].timestamp()
    assert channel.rate == pytest.approx(4.0)
    assert channel.values.tolist() == [n + 0.5 for n in range(20)]
    (tmp_path / "y.csv").write_text("date,x\nnoon,1\nmidnight,2\n")
    with pytest.raises(DataError, match="understood"):
        hl.series(tmp_path / "y.csv", time="date")


def test_mistakes_are_named(tmp_path):
    (tmp_path / "x.csv").write_text("when,x\n0,1\n1,2\n")
    with pytest.raises(DataError, match="time='…'"):
        hl.series(tmp_path / "x.csv")
    with pytest.raises(DataError, match="did you mean"):
        hl.series(tmp_path / "x.csv", "xx", time="when")
    with pytest.raises(DataError, match="other times"):
        hl.series(tmp_path / "x.csv", time="when", start=50)
    (tmp_path / "x.hdf5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(50))
    with pytest.raises(FileUnreadable):
        hl.series(tmp_path / "x.hdf5")


def test_from_files_to_arrays_for_a_model(tmp_path, strain):
    aligned = hl.series(tmp_path / "H-2.hdf5", "strain/*").aligned(32.0)
    train, test = aligned.between(0, 1_126_259_460), aligned.between(1_126_259_460, 2e9)
    scaled = hl.normalization(train)
    ready = hl.windows(scaled(test), back=0.5, forward=0.25, stride=0.25)
    assert ready.inputs.shape[1:] == (1, 16)
    assert ready.targets.shape[1:] == (1, 8)
    assert np.isfinite(ready.inputs).all()
    assert ready.left_out


def test_files_of_one_channel_have_one_unit_and_room_for_its_numbers(tmp_path):
    for name, start, unit, mask in (("a", 0, "m", 3), ("b", 10, "mm", 2**40 + 1)):
        with h5py.File(tmp_path / f"{name}.hdf5", "w") as file:
            x = file.create_dataset("x", data=np.ones(10))
            x.attrs.update({"Xstart": start, "Xspacing": 1.0, "Yunits": unit})
            kind = np.uint8 if name == "a" else np.int64
            flags = file.create_dataset("mask", data=np.full(10, mask, kind))
            flags.attrs.update({"Xstart": start, "Xspacing": 1.0})
    with pytest.raises(DataError, match="'x' is in m in one file, and in mm in another"):
        hl.series(tmp_path / "*.hdf5", "x")
    assert hl.series(tmp_path / "*.hdf5", "mask")["mask"].values[-1] == 2**40 + 1


def test_nulls_of_a_table_are_gaps(tmp_path):
    """A null integer holds a zero in memory: it is none."""
    missing = [None if place == 7 else 5 for place in range(20)]
    table = {"time": np.arange(20) / 2, "q": missing, "flag": missing, "x": np.arange(20.0)}
    frame = pd.DataFrame(table).astype({"q": "Int64", "flag": "Int64"})
    frame.to_parquet(tmp_path / "x.parquet")
    series = hl.series(tmp_path / "x.parquet")
    for name in ("q", "flag"):
        assert series[name].gaps() == [(3.5, 4.0)]
        assert (series[name].values[series[name].valid] == 5).all()
    assert series["flag"].values.dtype.kind == "i"
    assert series["x"].valid.all()
