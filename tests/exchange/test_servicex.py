"""Requests to ServiceX, against a stand-in that answers them with uproot."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.data.catalogue import servicex as protocol
from hepline.data.catalogue.fetch import fetch
from hepline.errors import FetchFailed, LanguageError
from hepline.exchange.servicex import selection_of


class Server(ThreadingHTTPServer):
    """The interface of ServiceX 3, and an object store, on one port."""

    daemon_threads = True

    def __init__(self, file):
        super().__init__(("127.0.0.1", 0), Handler)
        self.file, self.questions, self.paths = file, [], []
        self.objects, self.state, self.failed = {}, ["Running", "Complete"], 0

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def transform(self, question):
        """What the generator `uproot-raw` makes of a selection."""
        (query,) = json.loads(question["selection"])
        with uproot.open(self.file) as file:
            events = file[query["treename"]].arrays(
                filter_name=query["filter_name"], cut=query.get("cut")
            )
        path = self.file.parent / "result.parquet"
        ak.to_parquet(events, path)
        self.objects["root:::x.parquet"] = path.read_bytes()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, content, status=200):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        bearer = self.headers.get("Authorization")
        if self.path == "/token/refresh":
            ok = bearer == "Bearer page"
            return self.send({"access_token": "short"} if ok else {}, 200 if ok else 401)
        if bearer != "Bearer short":
            return self.send({"message": "who are you?"}, 401)
        self.server.questions.append(question)
        self.server.transform(question)
        return self.send({"request_id": "b8c508d0"})

    def do_GET(self):
        server = self.server
        server.paths.append(self.path)
        path, _, signature = self.path.partition("?")
        if path == "/servicex/transformation/b8c508d0":
            state = server.state[0] if len(server.state) == 1 else server.state.pop(0)
            return self.send({
                "request_id": "b8c508d0", "status": state, "files": 1,
                "files-completed": int(state == "Complete"), "files-failed": server.failed,
                "minio-endpoint": f"127.0.0.1:{server.server_port}", "minio-secured": False,
                "minio-access-key": "key", "minio-secret-key": "secret",
                "title": "hepline", "did": "rucio://a:b", "selection": "…",
            })  # fmt: skip
        if path.endswith("/results"):
            results = [
                {"s3-object-name": key, "transform_status": "success", "total-bytes": len(body)}
                for key, body in server.objects.items()
            ]
            return self.send({"results": results})
        if path.endswith("/cancel"):
            return self.send({})
        key = path.removeprefix("/b8c508d0/").replace("%3A", ":")
        if "X-Amz-Signature=" in signature and key in server.objects:
            return self.send(server.objects[key])
        return self.send({}, 403)


@pytest.fixture
def server(tmp_path, monkeypatch):
    generator = np.random.default_rng(4)
    counts = generator.integers(0, 5, 400)
    flat = {
        name: generator.uniform(low, high, counts.sum()).astype(np.float32)
        for name, low, high in (
            ("pt", 5, 90),
            ("eta", -2.4, 2.4),
            ("phi", -3.1, 3.1),
            ("mass", 0.1, 0.11),
        )
    }
    muons = ak.unflatten(ak.zip(flat), counts)
    with uproot.recreate(tmp_path / "x.root") as file:
        file.mktree(
            "Events",
            {
                "Muon": "var * {pt: float32, eta: float32, phi: float32, mass: float32}",
                "MET_pt": "float32",
                "MET_phi": "float32",
                "HLT_IsoMu24": "bool",
            },
        )
        file["Events"].extend({
            "Muon": muons,
            "MET_pt": generator.uniform(0, 100, 400).astype(np.float32),
            "MET_phi": np.zeros(400, np.float32),
            "HLT_IsoMu24": generator.uniform(size=400) > 0.3,
        })  # fmt: skip
    with Server(tmp_path / "x.root") as standing_in:
        thread = threading.Thread(target=standing_in.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("HEPLINE_SERVICEX", standing_in.address)
        monkeypatch.setenv("HEPLINE_SERVICEX_TOKEN", "page")
        monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setattr(protocol, "_POLLS", (0.001, 0.001))
        yield standing_in
        standing_in.shutdown()
        thread.join()


def question(ev):
    ev = ev[(hl.count(ev.Muon) >= 2) & (ev.MET.pt > 20) & ev.HLT.IsoMu24]
    ev = ev[hl.max(ev.Muon.pt) > 30]
    muons = ev.Muon[ev.Muon.pt > 10]
    return hl.hist(muons.pairs().mass, bins=(40, 0, 200))


def test_the_delivered_files_give_the_same_histogram(server, tmp_path):
    symbolic = hl.events("nanoaod")
    seen = []
    paths = hl.deliver(
        question(symbolic), dataset="rucio:user.me:skim", progress=lambda *step: seen.append(step)
    )
    (asked,) = server.questions
    (query,) = json.loads(asked["selection"])
    assert asked["did"] == "rucio://user.me:skim"
    assert query["filter_name"] == [
        "HLT_IsoMu24", "MET_pt", "Muon_eta", "Muon_mass", "Muon_phi", "Muon_pt", "nMuon",
    ]  # fmt: skip
    assert query["cut"] == "((nMuon >= 2)) & ((MET_pt > 20.0)) & (HLT_IsoMu24)"
    delivered, original = hl.open(paths, convention="nanoaod"), hl.open(tmp_path / "x.root")
    assert hl.compute(question(delivered)) == hl.compute(question(original))
    # The server has left out events already.
    assert delivered.origin.source.parts[0].entries < 400
    assert seen[-1][1:] == (1, 1)
    locked = json.loads(
        (tmp_path / "cache/datasets/servicex-b8c508d0/datasets.lock.json").read_text()
    )
    assert "Amz" not in json.dumps(locked)


def test_files_that_failed_are_not_lost_in_silence(server):
    server.state, server.failed = ["Complete"], 1
    with pytest.raises(FetchFailed, match="1 of 1 files failed"):
        hl.deliver(question(hl.events("nanoaod")), dataset="rucio:a:b")
    # Nor later, by the name of the request.
    with pytest.raises(FetchFailed, match="1 of 1 files failed"):
        protocol.record_of("servicex:b8c508d0")


def test_an_interrupted_wait_cancels_the_request(server, monkeypatch):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(protocol.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        hl.deliver(question(hl.events("nanoaod")), dataset="https://example.org/a.root")
    assert server.questions[0]["file-list"] == ["https://example.org/a.root"]
    assert server.paths[-1].endswith("/cancel")


def test_results_can_be_fetched_later(server, tmp_path):
    with pytest.raises(FetchFailed, match="not complete"):
        fetch("servicex:b8c508d0", out=tmp_path / "d")
    server.objects["a.parquet"] = b"PAR1"
    fetch("servicex:b8c508d0", out=tmp_path / "d")
    assert (tmp_path / "d/a.parquet").read_bytes() == b"PAR1"


def test_who_is_not_known_is_told_so(server, monkeypatch):
    monkeypatch.setenv("HEPLINE_SERVICEX_TOKEN", "wrong")
    with pytest.raises(FetchFailed, match="401"):
        hl.deliver(question(hl.events("nanoaod")), dataset="rucio:a:b")
    monkeypatch.delenv("HEPLINE_SERVICEX")
    with pytest.raises(FetchFailed, match="HEPLINE_SERVICEX"):
        hl.deliver(question(hl.events("nanoaod")), dataset="rucio:a:b")


def test_only_what_surely_means_the_same_is_asked_of_the_server():
    ev = hl.events("nanoaod")

    def cut(condition):
        return json.loads(selection_of(ev.MET.pt, where=condition))[0].get("cut")

    assert cut(abs(ev.MET.phi) < 1) == "((abs(MET_phi) < 1.0))"
    assert cut(~ev.HLT.IsoMu24 | (ev.PV.npvs == 3)) == "((~(HLT_IsoMu24) | (PV_npvs == 3)))"
    assert cut(hl.count(ev.Jet[ev.Jet.pt > 30]) >= 4) is None
    assert cut(ev.Muon[0].pt > 20) is None
    assert cut((hl.any(ev.Muon.pt > 20)) & (ev.MET.pt > 5)) == "((MET_pt > 5.0))"


def test_a_request_needs_something_to_ask():
    with pytest.raises(LanguageError, match="nothing is asked"):
        selection_of()
    with pytest.raises(LanguageError, match="can be delivered"):
        selection_of(hl.events("nanoaod"))


@pytest.mark.parametrize(
    "condition",
    [
        lambda ev: hl.count(ev.Muon) - 2 < 0,
        lambda ev: -hl.count(ev.Muon) < -1,
        lambda ev: hl.count(ev.Muon) >= 2,
        lambda ev: ev.MET.pt.astype("float64") > 0.1,
        lambda ev: ev.MET.pt.astype("float64") + 0.2 > 0.3,
        lambda ev: (ev.HLT.A + ev.HLT.B) >= 2,
        lambda ev: ev.run - 3 < 0,
        lambda ev: ev.PV.npvs * 1_000_000_000 > 0,
        lambda ev: ev.small * ev.small > 1000,
        lambda ev: np.abs(ev.small) > 100,
        lambda ev: ev.clean({"Muon_pt": hl.missing(below=20)}).Muon.pt.count() < 2,
        lambda ev: (ev.MET.pt > 20) | (hl.count(ev.Muon) > 2),
        lambda ev: ev.MET.pt * 2 >= 0.4,
        lambda ev: ~(ev.MET.pt > 20),
    ],
)
def test_a_server_that_computes_in_the_types_of_the_file_loses_no_event(tmp_path, condition):
    """int8 overflows, uint32 wraps around, a sum of truths is a truth: in NumPy, so on servers."""
    generator = np.random.default_rng(4)
    size = 2000
    counts = generator.integers(0, 5, size)
    with uproot.recreate(tmp_path / "x.root") as file:
        content = {
            "MET_pt": generator.choice([0.1, 0.2, 0.3, 20, 20.1], size).astype(np.float32),
            "run": generator.integers(0, 6, size).astype(np.uint32),
            "luminosityBlock": np.ones(size, np.uint32),
            "event": np.arange(size, dtype=np.uint64),
            "PV_npvs": generator.integers(0, 100, size).astype(np.int32),
            "small": generator.integers(-128, 127, size).astype(np.int8),
            "HLT_A": generator.random(size) > 0.5,
            "HLT_B": generator.random(size) > 0.5,
        }
        types = {name: column.dtype for name, column in content.items()}
        file.mktree("Events", types | {"Muon": "var * {pt: float32}"})
        pts = generator.exponential(30, counts.sum()).astype(np.float32)
        muons = ak.unflatten(ak.zip({"pt": pts}), counts)
        file["Events"].extend(content | {"Muon": muons})
    ev = hl.open(tmp_path / "x.root")
    where = condition(ev)
    asked = json.loads(selection_of(hl.count(ev.Muon), where=where))[0].get("cut", "True")
    stored = {**content, "nMuon": counts.astype(np.uint32), "abs": np.abs, "sqrt": np.sqrt}
    passed = np.broadcast_to(eval(asked, {"__builtins__": {}}, stored), size)  # noqa: S307
    assert not np.any(np.asarray(hl.compute(where)) & ~passed)
