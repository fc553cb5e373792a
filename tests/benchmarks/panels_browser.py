"""The rest of the table of pages: what JupyterLab takes in Chromium to show the runs of a project, beside
what it takes to show its own list of files, and how large the extension is."""

from __future__ import annotations

import gzip
import shutil
import statistics
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupyter_mlops
from tests.server.api.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BUILT = Path(jupyter_mlops.__file__).parent / "labextension"
LOADS = 5  # of the page
SCROLLED = 2_000  # rows
DRAWN = 100  # rows that may be in the page at a time
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-proxy-server")
# when the first row of each list is drawn, and when the panel is asked for, in the page's milliseconds
WATCH = """(() => {
  const seen = window.seen = {};
  const rows = {files: '.jp-DirListing-item', runs: '.jp-MLOps-run'};
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(rows)) {
      if (!(name in seen) && document.querySelector(selector)) seen[name] = performance.now();
    }
  }).observe(document, {childList: true, subtree: true});
  document.addEventListener('pointerdown', () => { seen.asked ??= performance.now(); }, true);
})()"""
SCROLL = """async wanted => {
  const box = document.querySelector('.jp-MLOps-runs');
  const began = performance.now();
  let [most, last] = [0, 0];
  while (last < wanted && performance.now() - began < 60000) {
    box.scrollTop += box.clientHeight;
    await new Promise(requestAnimationFrame);
    const rows = [...box.querySelectorAll('.jp-MLOps-run')];
    most = Math.max(most, rows.length);
    last = Math.max(last, ...rows.map(row => Number(row.getAttribute('aria-rowindex'))));
  }
  return [last, most, (performance.now() - began) / 1000];
}"""


def environment(place: Path) -> dict[str, str]:
    """What a Jupyter server is told so that its page has the extension that was built beside the package, and
    no other."""
    (place / "labextensions").mkdir(parents=True)
    if BUILT.is_dir():
        (place / "labextensions" / "jupyter-mlops").symlink_to(BUILT, target_is_directory=True)
    return {"JUPYTER_PATH": str(place)}


def lines(server: Server, short: bool) -> Iterator[str]:
    """Lines of Markdown; one that says why where there is no Chromium or no extension."""
    if not (BUILT / "package.json").is_file():
        yield "The extension is not built: the page is not measured."
        return
    yield _size()
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        yield "There is no Chromium: the page is not measured."
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield from _page(chromium, server, short)
        chromium.close()


def _size() -> str:
    files = [path.read_bytes() for path in (BUILT / "static").glob("*.js")]
    whole, packed = sum(map(len, files)), sum(len(gzip.compress(each)) for each in files)
    return f"The extension: {len(files)} scripts of {whole / 1000:.0f} kB, {packed / 1000:.0f} kB by gzip."


def _page(chromium: Browser, server: Server, short: bool) -> Iterator[str]:
    figures = []
    for _ in range(1 if short else LOADS):
        page = _opened(chromium, server)
        page.get_by_role("tab", name="MLOps").click()
        page.wait_for_selector(".jp-MLOps-run")
        seen = page.evaluate("window.seen")
        figures.append((seen["runs"] - seen["asked"], seen["files"]))
        last = page
    ours, theirs = (statistics.median(column) for column in zip(*figures, strict=True))
    yield (
        f"From the click on the panel to its first run: {ours:.0f} ms; from the call of the page to the "
        f"first row of JupyterLab's own list of files: {theirs:.0f} ms; ratio {ours / theirs:.2g}. "
        f"Medians of {len(figures)} loads in Chromium {chromium.version}."
    )
    wanted = SCROLLED // 4 if short else SCROLLED
    reached, most, took = last.evaluate(SCROLL, wanted)
    assert reached >= wanted, f"only {reached} rows could be scrolled to"
    assert most <= DRAWN, f"{most} rows are in the page"
    yield f"Scrolled through {reached:,} rows in {took:.1f} s: at most {most} of them are drawn at a time."


def _opened(chromium: Browser, server: Server) -> Page:
    page: Any = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.add_init_script(WATCH)
    address = f"http://127.0.0.1:{server.port}/lab/workspaces/{uuid.uuid4().hex[:8]}"
    page.goto(f"{address}?token={server.token}&reset")
    page.wait_for_selector(".jp-DirListing-item", timeout=120_000)
    page.wait_for_function("() => document.activeElement.closest('.jp-Launcher')", timeout=120_000)
    return page
