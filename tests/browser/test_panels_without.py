"""The panels where something is missing: the server extension, any data, a tracking server that answers, a
mlops.yaml that can be read. The notebook is usable all the while."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.panels import SOON, TABS, Panel

if TYPE_CHECKING:
    from conftest import Lab, OpenNotebook

    Open = Callable[..., OpenNotebook]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("local")]

NEXT = {  # what a tab says that is to be done where there is nothing
    "Runs": "%track start",
    "Pipelines": "pipelines:",
    "Schedules": "Schedule",
    "Models": "Register as",
    "Data": "jupyter mlops dataset add",
}
SCHEDULE = "schedules:\n  nightly: {notebook: train.ipynb, cron: 0 2 * * *}\n"
BROKEN = "schedules:\n  nightly: {notebook: train.ipynb, corn: 0 2 * * *}\n"


def test_without_any_data(lab: Lab, open_notebook: Open) -> None:
    folder = lab.root / "empty"
    folder.mkdir()
    (folder / "mlops.yaml").touch()
    notebook = open_notebook(["1 + 1"], "empty")
    panel = Panel(notebook.page)
    for name, step in NEXT.items():
        told = panel.show(name).locator(".jp-MLOps-empty")
        expect(told).to_contain_text(step, timeout=SOON)
        notebook.shoot(f"panels-empty-{name.lower()}")
        notebook.see(panel.root)
    made = {file.name for file in folder.iterdir() if file.suffix != ".ipynb"}
    assert made - {".ipynb_checkpoints"} == {"mlops.yaml"}


def test_with_a_tracking_server_that_never_answers(lab: Lab, open_notebook: Open) -> None:
    folder = lab.root / "remote"
    folder.mkdir()
    with silent() as uri:
        (folder / "mlops.yaml").write_text(f"tracking: {{uri: {uri}}}\n{SCHEDULE}", encoding="utf-8")
        notebook = open_notebook(["1 + 1"], "remote")
        panel = Panel(notebook.page)
        runs = panel.show("Runs")
        told = runs.get_by_role("alert")
        expect(told).to_contain_text(uri.removeprefix("http://"), timeout=SOON)
        notebook.shoot("panels-silent")
        expect(panel.show("Schedules").get_by_text("nightly").first).to_be_visible()
        notebook.run(0)
        expect(notebook.output(0)).to_contain_text("2")
        told = panel.show("Runs").get_by_role("alert")
        told.get_by_role("button", name="Try again").click()
        expect(told).to_be_visible(timeout=SOON)


def test_with_a_broken_file(lab: Lab, open_notebook: Open) -> None:
    folder = lab.root / "broken"
    folder.mkdir()
    (folder / "mlops.yaml").write_text(BROKEN, encoding="utf-8")
    notebook = open_notebook(["1 + 1"], "broken")
    panel = Panel(notebook.page)
    told = panel.root.get_by_role("alert").first
    expect(told).to_contain_text(re.compile(r"mlops\.yaml.*(:2|line 2).*corn"), timeout=SOON)
    expect(told).to_contain_text("cron")
    notebook.shoot("panels-broken")
    notebook.run(0)
    (folder / "mlops.yaml").write_text(SCHEDULE, encoding="utf-8")
    expect(told).to_be_hidden(timeout=SOON)
    expect(panel.show("Schedules").get_by_text("nightly").first).to_be_visible(timeout=SOON)


def test_without_the_server_extension(start_lab: Callable[..., Lab], open_notebook: Open) -> None:
    other = start_lab("--ServerApp.jpserver_extensions=jupyter_mlops=False")
    notebook = open_notebook(["6 * 7"], at=other)
    panel = Panel(notebook.page)
    told = panel.root.get_by_role("alert")
    expect(told).to_contain_text("runs without jupyter-mlops", timeout=SOON)
    expect(told).to_contain_text("jupyter server extension enable jupyter_mlops")
    notebook.shoot("panels-disabled")
    for name in TABS:
        panel.show(name)
    told.get_by_role("button", name="Try again").click()
    expect(told).to_be_visible()
    notebook.run(0)
    expect(notebook.output(0)).to_contain_text("42")


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    kept: list[socket.socket] = []

    def take() -> None:
        with contextlib.suppress(OSError):  # it is closed
            while True:
                kept.append(server.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for one in kept:
        one.close()
