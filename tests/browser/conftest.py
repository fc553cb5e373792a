"""Real JupyterLab in a folder of its own, and real Chromium in front of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import jupyter_mlops
from tests.browser.legible import CUT, FAINT

TOKEN = "for-the-test-only"
STARTUP = 120  # seconds
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY = """async () => {
  const context = window.jupyterapp.shell.currentWidget?.context?.sessionContext;
  if (!context) return false;
  await context.ready;
  const kernel = context.session?.kernel;
  if (!kernel) return false;
  await kernel.info;
  return kernel.connectionStatus === 'connected' && kernel.status === 'idle';
}"""

LAUNCHED = "() => document.activeElement.closest('.jp-Launcher')"  # it takes the focus, late

_EXECUTED = re.compile(r"^\[\d+\]:$")
# read at once: a test's own environment holds none of our variables
_SCREENSHOTS = os.environ.get("JUPYTER_MLOPS_SCREENSHOTS")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its folder and address."""

    root: Path
    url: str


class OpenNotebook:
    """A notebook that is open in a page of JupyterLab with its kernel ready."""

    def __init__(self, page: Any, shots: Path) -> None:
        self.page = page
        self._shots = shots

    def cell(self, index: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index: int) -> Any:
        return self.cell(index).locator(".jp-Cell-outputArea")

    def run(self, *indices: int) -> None:
        """Run these cells in turn, each to its end and without an error."""
        from playwright.sync_api import expect

        for index in indices:
            prompt = self.cell(index).locator(".jp-InputPrompt")
            before = prompt.inner_text()
            self.cell(index).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            expect(prompt).not_to_have_text(before)
            expect(prompt).to_have_text(_EXECUTED, timeout=120_000)
            error = self.output(index).locator('[data-mime-type="application/vnd.jupyter.error"]')
            assert error.count() == 0, error.first.inner_text()

    def run_all(self) -> None:
        self.run(*range(self.page.locator(".jp-Notebook .jp-CodeCell").count()))

    def shoot(self, name: str, what: Any = None) -> None:
        """A screenshot of the page, or of one part of it; where screenshots are wanted, in either theme."""
        (what or self.page).screenshot(path=self._shots / f"{name}-light.png")
        if _SCREENSHOTS:
            with self.dark():
                (what or self.page).screenshot(path=self._shots / f"{name}-dark.png")

    def see(self, panel: Any) -> None:
        """Every text of the panel can be read, in either theme."""
        assert panel.evaluate(FAINT) == []
        with self.dark():
            assert panel.evaluate(FAINT) == []

    def reach(self, tab: Any) -> None:
        """All of a page of the main area can be scrolled to in a small window."""
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": 900, "height": 600})
        assert tab.evaluate(CUT) == []
        self.page.set_viewport_size(before)

    @contextlib.contextmanager
    def dark(self) -> Iterator[None]:
        """JupyterLab is in the dark theme, and in the light one again after it."""
        self._change_theme("Dark", "false")
        yield
        self._change_theme("Light", "true")

    def _change_theme(self, name: str, light: str) -> None:
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(change, f"JupyterLab {name}")
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")


@pytest.fixture(scope="module")  # while it is there, its event loop runs in this thread
def browser() -> Iterator[Any]:
    """Headless Chromium; the test is skipped where there is none, but never on CI."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine, and CI must not skip the browser tests")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def start_lab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Lab]]:
    """Starts JupyterLab with the given options, in the light theme until a test asks for the dark one."""
    with contextlib.ExitStack() as stack:
        yield lambda *options: stack.enter_context(_running(tmp_path_factory.mktemp("lab"), options))


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Lab]) -> Lab:
    """JupyterLab as it is by default."""
    return start_lab()


@contextlib.contextmanager
def _running(base: Path, options: Sequence[str]) -> Iterator[Lab]:
    (base / "root").mkdir()
    _write_settings(base / "settings")
    port = _free_port()
    command = [*_command(base, port), *options]
    with (base / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=_environment(base), stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _await_server(server, url, base / "server.log")
            yield Lab(base / "root", url)
        finally:
            _stop(server)


@pytest.fixture
def open_notebook(lab: Lab, browser: Any, tmp_path: Path) -> Iterator[Callable[..., OpenNotebook]]:
    """Opens a new notebook that consists of the given cells, in a folder below the root; of a code cell its
    source will do. `app` is the address of another page than JupyterLab's."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    shots = Path(_SCREENSHOTS or tmp_path)
    shots.mkdir(parents=True, exist_ok=True)

    def open_(
        cells: Sequence[dict[str, Any] | str], folder: str = "", at: Lab = lab, app: str = ""
    ) -> OpenNotebook:
        name = f"n{uuid.uuid4().hex[:8]}"
        file = at.root / folder / f"{name}.ipynb"
        file.write_text(json.dumps(_notebook([_cell(cell) for cell in cells])), encoding="utf-8")
        page = context.new_page()
        place = file.relative_to(at.root).as_posix()
        page.goto(f"{at.url}/{app or f'lab/workspaces/{name}/tree'}/{place}?token={TOKEN}&reset")
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60_000)
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        page.wait_for_function(READY, timeout=60_000)
        return OpenNotebook(page, shots)

    yield open_
    context.close()


@pytest.fixture
def open_page(lab: Lab, browser: Any, tmp_path: Path) -> Iterator[Callable[..., OpenNotebook]]:
    """Opens JupyterLab without a notebook; what is opened in it has no kernel."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    shots = Path(_SCREENSHOTS or tmp_path)
    shots.mkdir(parents=True, exist_ok=True)

    def open_() -> OpenNotebook:
        page = context.new_page()
        page.goto(f"{lab.url}/lab/workspaces/{uuid.uuid4().hex[:8]}?token={TOKEN}&reset")
        page.wait_for_function(LAUNCHED, timeout=60_000)
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60_000)
        return OpenNotebook(page, shots)

    yield open_
    context.close()


def _cell(cell: dict[str, Any] | str) -> dict[str, Any]:
    if not isinstance(cell, str):
        return cell
    made = {"cell_type": "code", "id": uuid.uuid4().hex[:8], "source": cell}
    return {**made, "metadata": {}, "outputs": [], "execution_count": None}


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _write_settings(folder: Path) -> None:
    settings = {
        "apputils-extension/themes": {"theme": "JupyterLab Light"},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        # all cells stay in the page, so that the n-th one can be found
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    for name, content in settings.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")


def _environment(base: Path) -> dict[str, str]:
    """Nothing of the machine's own Jupyter, IPython or MLflow leaks in."""
    foreign = ("JUPYTER", "IPYTHON", "MLFLOW", "JPY_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    places = {
        "HOME": "home",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for folder in places.values():
        (base / folder).mkdir(exist_ok=True)
    _link_extension(base / "share")
    return {
        **own,
        **{name: str(base / folder) for name, folder in places.items()},
        "JUPYTER_PATH": str(base / "share"),
    }


def _link_extension(share: Path) -> None:
    """Have JupyterLab load the extension that was built beside the package that is tested, where it was;
    else it loads the one that is installed."""
    (share / "labextensions").mkdir(parents=True, exist_ok=True)
    built = Path(jupyter_mlops.__file__).parent / "labextension"
    if (built / "package.json").is_file():
        (share / "labextensions" / "jupyter-mlops").symlink_to(built, target_is_directory=True)


def _command(base: Path, port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={base / 'root'}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_server(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + STARTUP
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
