"""Write the small ROOT files of the conformance suite, and what ROOT itself reads from them.

Run by a Python that has ROOT (PyPI's wheel, 6.40): python make_root_corpus.py FOLDER
"""

import itertools
import os
import sys
from pathlib import Path

import numpy as np
import ROOT

EVENTS = 40
KINDS = {
    "bool": ("O", "bool"),
    "int8": ("B", "char"),
    "uint8": ("b", "unsigned char"),
    "int16": ("S", "short"),
    "uint16": ("s", "unsigned short"),
    "int32": ("I", "int"),
    "uint32": ("i", "unsigned int"),
    "int64": ("L", "long long"),
    "uint64": ("l", "unsigned long long"),
    "float32": ("F", "float"),
    "float64": ("D", "double"),
}
COMPRESSIONS = {"none": 0, "zlib": 101, "lzma": 207, "oldzlib": 301, "lz4": 404, "zstd": 505}
RANGES = [
    "", "[0,0,2]", "[0,0,8]", "[0,0,14]", "[0,0,15]", "[0,0,16]", "[0,0,32]", "[0,100]",
    "[-100,100,8]", "[0,100,12]", "[0,100,16]", "[-50,150,31]", "[0,100,32]", "[-pi,pi,10]",
    "[0,2pi,20]", "[-pi/2,pi/2]", "[0,0]", "[0,100,1]",
]  # fmt: skip


def numbers(kind: str, size: int, seed: int) -> np.ndarray:
    """Numbers of a type over all of its range, many of them repeated, so that baskets shrink."""
    rng = np.random.default_rng(seed)
    if kind == "bool":
        return rng.integers(0, 2, size).astype(bool)
    if kind.startswith("float"):
        return np.round(rng.normal(0, 100, size), 1).astype(kind)
    ends = np.iinfo(kind)
    few = rng.integers(ends.min, ends.max, 4, dtype=kind, endpoint=True)
    return rng.choice(np.concatenate([few, np.array([ends.min, ends.max], kind)]), size)


def opened(path: Path, compression: int) -> ROOT.TFile:
    return ROOT.TFile(str(path), "RECREATE", "", compression)


def tree_of_kinds(path: Path, compression: int) -> dict[str, np.ndarray]:
    """Numbers, lists with a counter, vectors and arrays of every type."""
    # uproot reads no header that is packed in the old way, but hepline reads such baskets.
    file = opened(path, 101 if compression == 301 else compression)
    tree = ROOT.TTree("tree", "")
    tree.SetAutoFlush(17)
    counts = np.arange(EVENTS, dtype=np.int32) * 7 % 4
    ends = np.concatenate([[0], np.cumsum(counts)])
    count = np.zeros(1, np.int32)
    tree.Branch("nHit", count, "nHit/I")
    expected: dict[str, np.ndarray] = {"nHit": counts}
    holders = []
    for seed, (kind, (letter, cpp)) in enumerate(KINDS.items()):
        number, many = np.zeros(1, kind), np.zeros(4, kind)
        fixed = np.zeros(3, kind)
        vector = ROOT.std.vector[cpp]()
        tree.Branch(f"one_{kind}", number, f"one_{kind}/{letter}")
        tree.Branch(f"Hit_{kind}", many, f"Hit_{kind}[nHit]/{letter}")
        tree.Branch(f"fixed_{kind}", fixed, f"fixed_{kind}[3]/{letter}")
        tree.Branch(f"vector_{kind}", vector)
        ones, lists = numbers(kind, EVENTS, seed), numbers(kind, int(ends[-1]), seed + 100)
        threes = numbers(kind, EVENTS * 3, seed + 200).reshape(-1, 3)
        expected |= {f"one_{kind}": ones, f"Hit_{kind}": lists, f"vector_{kind}": lists[::-1]}
        expected |= {f"fixed_{kind}_{k}": threes[:, k] for k in range(3)}
        holders.append((number, many, fixed, vector, ones, lists, threes))
    for branch in tree.GetListOfBranches():
        branch.SetCompressionSettings(compression)
    for event in range(EVENTS):
        low, high = ends[event : event + 2]
        count[0] = high - low
        for number, many, fixed, vector, ones, lists, threes in holders:
            number[0], fixed[:] = ones[event], threes[event]
            many[: high - low] = lists[low:high]
            vector.clear()
            for each in lists[::-1][low:high].tolist():
                vector.push_back(each)
        tree.Fill()
    file.Write()
    file.Close()
    return expected | {"counts": counts}


def packed_tree(path: Path) -> dict[str, np.ndarray]:
    """Float16_t and Double32_t with every range; the values are those that ROOT reads."""
    file = opened(path, 101)
    tree = ROOT.TTree("tree", "")
    count = np.zeros(1, np.int32)
    tree.Branch("n", count, "n/I")
    values = []
    for place, (given, letter) in enumerate(itertools.product(RANGES, "fd")):
        kind = np.float32 if letter == "f" else np.float64
        one, many, three = np.zeros(1, kind), np.zeros(3, kind), np.zeros(3, kind)
        suffix = f"{letter}{place // 2}"
        # PyROOT knows no array of Float16_t: addresses do.
        places = (("one", "", one), ("list", "[n]", many), ("fixed", "[3]", three))
        for name, size, memory in places:
            tree.Branch(f"{name}_{suffix}", memory, f"{name}_{suffix}{size}/{letter}{given}")
        values.append((one, many, three))
    rng = np.random.default_rng(5)
    for event in range(EVENTS):
        count[0] = event % 4
        for one, many, three in values:
            for memory in (one, many, three):
                memory[:] = np.round(rng.uniform(-120, 160, len(memory)), 2)
                memory[0] = (3, -3, 0, 1e-3, 99.5)[event % 5]
        tree.Fill()
    file.Write()
    file.Close()
    file = ROOT.TFile(str(path))
    tree = file.Get("tree")
    read: dict[str, list[float]] = {leaf.GetName(): [] for leaf in tree.GetListOfLeaves()}
    for event in range(EVENTS):
        tree.GetEntry(event)
        for leaf in tree.GetListOfLeaves():
            read[leaf.GetName()] += [leaf.GetValue(k) for k in range(leaf.GetLen())]
    return {name: np.array(found) for name, found in read.items()}


STRUCT = """
#include <vector>
#include <string>
struct Inner { float x; int y[2]; };
struct Thing {
  double a; int b; Inner inner; std::vector<float> v; std::vector<std::vector<int>> vv;
  std::string s; Double32_t d; Double32_t e; //[0,100,16]
};
struct Pair { float x; int n; };
struct Leaves { float x; int n; double z[2]; };
"""


def split_tree(path: Path, level: int) -> dict[str, np.ndarray]:
    """Objects, split or whole, beside text, lists of lists, and a branch of several leaves."""
    file = opened(path, 404)
    tree = ROOT.TTree("tree", "")
    thing, things = ROOT.Thing(), ROOT.std.vector["Thing"]()
    p4, word = ROOT.TLorentzVector(), ROOT.std.string()
    nested = ROOT.std.vector["std::vector<float>"]()
    leaves = ROOT.Leaves()
    tree.Branch("thing.", thing, 32000, level)
    tree.Branch("things", things, 32000, level)
    tree.Branch("p4", p4, 32000, level)
    tree.Branch("word", word)
    tree.Branch("nested", nested)
    several = {
        "ids": ROOT.std.set["int"](), "links": ROOT.std.list["float"](),
        "queue": ROOT.std.deque["double"](), "short": ROOT.std.vector["Double32_t"](),
    }  # fmt: skip
    for name, container in several.items():
        tree.Branch(name, container, 32000, level)
    tree.Branch("leaves", ROOT.addressof(leaves), "x/F:n/I:z[2]/D")
    number = np.zeros(1, np.float32)
    tree.Branch("number", number, "number/F")
    for event in range(EVENTS):
        thing.a, thing.b, thing.inner.x, thing.d, thing.e = event, -event, event / 2, event, event
        thing.inner.y[0], thing.inner.y[1] = event, 2 * event
        thing.v.clear()
        for k in range(event % 3):
            thing.v.push_back(event + k)
        things.clear()
        for _ in range(event % 2):
            things.push_back(thing)
        p4.SetPxPyPzE(event, 0, 1, 2 * event)
        word.assign("w" * (event % 5))
        nested.clear()
        for container in several.values():
            container.clear()
        for k in range(event % 4):
            several["ids"].insert(10 * event + k)
            for name in ("links", "queue", "short"):
                several[name].push_back(10 * event + k)
        leaves.x, leaves.n, leaves.z[0], leaves.z[1] = event, event * 3, event / 4, -event
        number[0] = event
        tree.Fill()
    file.Write()
    file.Close()
    ramp = np.arange(EVENTS)
    many = np.concatenate([10 * event + np.arange(event % 4) for event in ramp])
    return dict.fromkeys(("ids", "links", "queue", "short"), many) | {
        "number": ramp, "leaves_x": ramp, "leaves_n": 3 * ramp, "leaves_z_0": ramp / 4,
        "leaves_z_1": -ramp,
    }  # fmt: skip


def friends(folder: Path) -> dict[str, np.ndarray]:
    """A TNtuple, a tree with a friend beside it, and one with a friend in another file."""
    file = opened(folder / "elsewhere.root", 505)
    away, c = ROOT.TTree("away", ""), np.zeros(1, np.float32)
    away.Branch("c", c, "c/F")
    for event in range(EVENTS):
        c[0] = event + 0.5
        away.Fill()
    file.Write()
    file.Close()
    file = opened(folder / "friends.root", 505)
    ntuple = ROOT.TNtuple("ntuple", "", "x:y")
    other, main = ROOT.TTree("other", ""), ROOT.TTree("Events", "")
    a, b = np.zeros(1, np.float64), np.zeros(1, np.int32)
    main.Branch("a", a, "a/D")
    other.Branch("b", b, "b/I")
    other.Branch("a", a, "a/D")
    for event in range(EVENTS):
        ntuple.Fill(event, event * event)
        a[0], b[0] = event / 8, -event
        main.Fill()
        other.Fill()
    main.AddFriend(other)
    main.AddFriend("away", "elsewhere.root")
    file.Write()
    file.Close()
    ramp = np.arange(EVENTS)
    return {
        "x": ramp, "y": ramp * ramp, "a": ramp / 8, "b": -ramp, "c": ramp + 0.5,
    }  # fmt: skip


def ntuple_of_kinds(path: Path, compression: int) -> dict[str, np.ndarray]:
    """An RNTuple of every type, in clusters of unequal length and two groups of them."""
    model = ROOT.RNTupleModel.Create()
    counts = np.arange(EVENTS) * 7 % 4
    ends = np.concatenate([[0], np.cumsum(counts)])
    expected: dict[str, np.ndarray] = {"counts": counts}
    kinds = {k: c if k == "float32" or "float" in k or k == "bool" else f"std::{k}_t"
             for k, (_, c) in KINDS.items()}  # fmt: skip
    for seed, (kind, cpp) in enumerate(kinds.items()):
        model.MakeField[cpp](f"one_{kind}")
        model.MakeField[f"std::vector<{cpp}>"](f"list_{kind}")
        ones, lists = numbers(kind, EVENTS, seed), numbers(kind, int(ends[-1]), seed + 100)
        expected |= {f"one_{kind}": ones, f"list_{kind}": lists}
        if kind != "bool":
            model.MakeField[f"std::array<{cpp}, 3>"](f"fixed_{kind}")
            threes = numbers(kind, EVENTS * 3, seed + 200).reshape(-1, 3)
            expected |= {f"fixed_{kind}_{k}": threes[:, k] for k in range(3)}
    for name, cpp in {
        "thing": "Pair", "things": "std::vector<Pair>", "word": "std::string",
        "nested": "std::vector<std::vector<float>>", "perhaps": "std::optional<float>",
        "either": "std::variant<int, float>", "couple": "std::pair<int, float>",
        "arrays": "std::vector<std::array<float, 2>>",
    }.items():  # fmt: skip
        model.MakeField[cpp](name)
    options = ROOT.RNTupleWriteOptions()
    options.SetCompression(compression)
    writer = ROOT.RNTupleWriter.Recreate(model, "ntuple", str(path), options)
    entry = writer.CreateEntry()
    for event in range(EVENTS):
        low, high = ends[event : event + 2]
        for kind in kinds:
            entry[f"one_{kind}"] = expected[f"one_{kind}"][event].item()
            values = entry[f"list_{kind}"]
            values.clear()
            for each in expected[f"list_{kind}"][low:high].tolist():
                values.push_back(each)
            if kind != "bool":
                for k in range(3):
                    entry[f"fixed_{kind}"][k] = expected[f"fixed_{kind}_{k}"][event].item()
        thing = entry["thing"]
        thing.x, thing.n = event / 2, -event
        entry["things"].clear()
        entry["arrays"].clear()
        for k in range(counts[event]):
            thing.x = event + k / 8
            entry["things"].push_back(thing)
            pair = ROOT.std.array["float", 2]()
            pair[0], pair[1] = event, k
            entry["arrays"].push_back(pair)
        thing.x = event / 2
        writer.Fill(entry)
        if event in (4, 21, 30):
            writer.CommitCluster(event == 21)
    del entry, writer
    ramp = np.arange(EVENTS)
    order = np.concatenate([np.arange(count) for count in counts])
    owner = np.repeat(ramp, counts)
    return expected | {
        "thing_x": ramp / 2, "thing_n": -ramp, "things_x": owner + order / 8, "things_n": -owner,
        "arrays_0": owner, "arrays_1": order,
    }  # fmt: skip


NESTED = """
#include <array>
#include <vector>
struct Track { float pt; int n; };
struct Jet { double pt; std::vector<Track> tracks; std::vector<std::vector<float>> hits; };
"""


def numbers_inside(event: int, deep: int = 0) -> list:
    """Lists of lists of small numbers, some empty; `test_nested` has the same."""
    lists = [
        [(7 * event + 3 * k + j) % 120 for j in range((event + k) % 3)] for k in range(event % 4)
    ]
    return [lists[: k + 1] for k in range(event % 3)] if deep else lists


# PyROOT takes a char for a letter, and a number for no truth.
SPECIAL = {"std::vector<char>": chr, "std::vector<bool>": bool}


def refill(vector: object, values: list) -> None:
    vector.clear()
    for value in values:
        if isinstance(value, list):
            vector.emplace_back()
            refill(vector.back(), value)
        else:
            vector.push_back(SPECIAL.get(type(vector).__cpp_name__, int)(value))


def nested_tree(path: Path) -> None:
    """Vectors of vectors of every type, and three levels, in baskets of a few events."""
    file = opened(path, 505)
    tree = ROOT.TTree("tree", "")
    tree.SetAutoFlush(13)
    vectors = {f"vv_{k}": ROOT.std.vector[f"std::vector<{c}>"]() for k, (_, c) in KINDS.items()}
    vectors["vvv"] = ROOT.std.vector["std::vector<std::vector<double>>"]()
    for name, vector in vectors.items():
        tree.Branch(name, vector)
    jets, image = ROOT.std.vector["Jet"](), np.zeros((5, 8), np.float32)
    tree.Branch("jets", jets, 32000, 99)
    tree.Branch("image", image, "image[5][8]/F")
    for event in range(EVENTS):
        for name, vector in vectors.items():
            refill(vector, numbers_inside(event, name == "vvv"))
        image[:] = event + np.arange(40).reshape(5, 8) / 64
        fill_jets(jets, event)
        tree.Fill()
    file.Write()
    file.Close()


def fill_jets(jets: object, event: int) -> None:
    jets.clear()
    for k, values in enumerate(numbers_inside(event)):
        jet = ROOT.Jet()
        jet.pt = event + k / 8
        for value in values:
            track = ROOT.Track()
            track.pt, track.n = value / 4, value
            jet.tracks.push_back(track)
        refill(jet.hits, numbers_inside(event + k))
        jets.push_back(jet)


def nested_ntuple(path: Path) -> None:
    """The same as an RNTuple, in clusters of unequal length."""
    model = ROOT.RNTupleModel.Create()
    kinds = {k: c if "float" in k or k == "bool" else f"std::{k}_t"
             for k, (_, c) in KINDS.items()}  # fmt: skip
    vectors = {f"vv_{k}": f"std::vector<std::vector<{c}>>" for k, c in kinds.items()}
    vectors["vvv"] = "std::vector<std::vector<std::vector<double>>>"
    for name, cpp in vectors.items():
        model.MakeField[cpp](name)
    model.MakeField["std::vector<Jet>"]("jets")
    model.MakeField["std::array<float, 40>"]("image")
    model.MakeField["std::vector<std::array<float, 40>>"]("images")
    writer = ROOT.RNTupleWriter.Recreate(model, "ntuple", str(path))
    entry = writer.CreateEntry()
    for event in range(EVENTS):
        for name in vectors:
            refill(entry[name], numbers_inside(event, name == "vvv"))
        fill_jets(entry["jets"], event)
        entry["images"].clear()
        for _ in range(event % 3):
            image = ROOT.std.array["float", 40]()
            for k in range(40):
                image[k] = event + k / 64
            entry["images"].push_back(image)
        for k in range(40):
            entry["image"][k] = event + k / 64
        writer.Fill(entry)
        if event in (4, 21, 30):
            writer.CommitCluster(event == 21)
    del entry, writer


def main(folder: Path) -> None:
    ROOT.gInterpreter.Declare(STRUCT)
    ROOT.gInterpreter.Declare(NESTED)
    # Friends are found by a path from here.
    os.chdir(folder)
    folder = Path()
    expected: dict[str, np.ndarray] = {}

    def keep(file: str, values: dict[str, np.ndarray]) -> None:
        expected.update({f"{file}:{name}": np.asarray(value) for name, value in values.items()})

    for name, compression in COMPRESSIONS.items():
        if name != "oldzlib":
            keep("ntuple", ntuple_of_kinds(folder / f"ntuple_{name}.root", compression))
        keep("tree", tree_of_kinds(folder / f"tree_{name}.root", compression))
    keep("packed", packed_tree(folder / "packed.root"))
    for level in (0, 1, 99):
        keep("split", split_tree(folder / f"split_{level}.root", level))
    keep("friends", friends(folder))
    nested_tree(folder / "nested_tree.root")
    nested_ntuple(folder / "nested_ntuple.root")
    np.savez_compressed(folder / "expected.npz", **expected)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
