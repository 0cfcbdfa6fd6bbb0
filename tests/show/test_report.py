import base64
import dataclasses
import io
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from hepline.errors import OutputError
from hepline.show import ReportContent, write_report
from hepline.show import report as report_module
from hepline.show.figures import draw_figures

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def bare(small) -> ReportContent:
    """One figure: the quickest report."""
    return dataclasses.replace(small, fit=None, postfit=(), variations=(), no_fit_reason="none")


@pytest.fixture(scope="module")
def figures(bare):
    return draw_figures(bare)


@pytest.mark.slow
def test_the_report_is_a_page_with_its_figures_beside_it(bare, tmp_path):
    page = write_report(tmp_path / "out", bare)
    assert page == tmp_path / "out" / "index.html"
    files = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    kinds = ("json", "pdf", "png", "svg")
    tables = ("cutflow", "cutflow_entries", "selected", "yields")
    assert files == {
        "drawn.json",
        "index.html",
        *(f"prefit_4j1b.{kind}" for kind in kinds),
        *(f"{table}.{kind}" for table in tables for kind in ("csv", "tex")),
    }
    assert re.findall(r'href="(figures/[^"]+)"', page.read_text()) == [
        f"figures/prefit_4j1b.{kind}" for kind in kinds
    ]


def test_figures_without_a_counterpart_are_removed_with_the_earlier_report(bare, figures, tmp_path):
    write_report(tmp_path, bare, figures)
    (tmp_path / "figures" / "postfit_4j1b.pdf").write_bytes(b"old")
    (tmp_path / "figures" / "for_my_talk.pdf").write_bytes(b"kept")
    write_report(tmp_path, bare, figures)
    drawn = {f"prefit_4j1b.{kind}" for kind in ("json", "pdf", "png", "svg")}
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {*drawn, "drawn.json", "for_my_talk.pdf"}
    write_report(tmp_path, bare, {})
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["for_my_talk.pdf"]


@pytest.mark.slow
def test_content_that_contradicts_itself_writes_nothing(bare, content, tmp_path):
    other_region = dataclasses.replace(bare, variations=content.variations[-1:])
    with pytest.raises(OutputError, match="'4j2b'"):
        write_report(tmp_path / "out", other_region)
    assert not (tmp_path / "out").exists()


def test_a_failure_while_rendering_leaves_the_earlier_page_alone(
    bare, figures, tmp_path, monkeypatch
):
    page = write_report(tmp_path, bare, figures)
    before = page.read_bytes()

    def broken(*_):
        raise OutputError("broken", why="on purpose", fix="none")

    monkeypatch.setattr(report_module, "render_page", broken)
    with pytest.raises(OutputError, match="broken"):
        write_report(tmp_path, bare, figures)
    assert page.read_bytes() == before
    assert not list(tmp_path.glob(".writing-*"))


@pytest.fixture(scope="module")
def whole(incomplete, tmp_path_factory):
    """The whole report."""
    return write_report(tmp_path_factory.mktemp("report"), incomplete)


@pytest.mark.slow
def test_the_whole_report_can_be_sent_by_mail(whole):
    assert whole.stat().st_size < 6_000_000


@pytest.mark.slow
def test_all_images_of_the_whole_report_can_be_decoded(whole):
    page = whole
    images = re.findall(r'src="data:image/(svg\+xml|png);base64,([^"]+)"', page.read_text())
    # Two regions twice, pulls, per-bin factors, correlation, five samples in two regions.
    assert len(images) == 4 + 3 + 10
    for kind, encoded in images:
        decoded = base64.b64decode(encoded, validate=True)
        if kind == "png":
            Image.open(io.BytesIO(decoded)).load()
        else:
            assert decoded.rstrip().endswith(b"</svg>")


def browse(page, profile, *arguments):
    return subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=5000",
            *arguments,
            page.as_uri(),
        ],
        capture_output=True,
        timeout=100,
        check=True,
    )


needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here: apt-get install chromium fonts-dejavu"
)


@pytest.mark.slow
@needs_chromium
def test_a_browser_shows_the_headline_and_the_figures(whole, tmp_path):
    page = whole
    # A copy with a script of the test's own, which the page's policy would not let run.
    script = (
        "<script>window.onload = () => { document.title = [...document.images]"
        ".map(i => i.complete ? i.naturalWidth : 0).join(' ') }</script>"
    )
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    # Images in closed details have no layout, but are loaded all the same.
    copy = tmp_path / "copy.html"
    copy.write_text(text.replace("</head>", f"{script}</head>"))
    tree = browse(copy, tmp_path / "one", "--dump-dom").stdout.decode()
    title = re.search(r"<title>([^<]*)</title>", tree)
    widths = [int(width) for width in title[1].split()]
    assert len(widths) == 17
    assert min(widths) > 300
    assert "0.96 ± 0.10" in tree
    shot = tmp_path / "page.png"
    browse(page, tmp_path / "two", f"--screenshot={shot}", "--window-size=1280,5000")
    pixels = np.asarray(Image.open(shot).convert("RGB")).reshape(-1, 3)
    colors = np.array([[0x57, 0x90, 0xFC], [0xF8, 0x9C, 0x20], [0xFD, 0xEC, 0xEC]])
    # The stack's two largest samples and the red banner cover visible areas.
    for color in colors:
        assert (pixels == color).all(axis=1).sum() > 5000
