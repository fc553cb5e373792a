"""One real Jupyter server for all tests of the REST interface.

Its root is a project of three runs, which tests only look at; what a test changes, it changes in a project of
its own below that root (`new_project`), which it names by the word `project` of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from jupyter_mlops.entities import Run
from jupyter_mlops.project import Project
from tests.conftest import copy_database, no_server
from tests.server.api.serving import Answer, Server, serving, train_notebook

CONFIG = "datasets:\n  customers: {source: data/customers.csv, key: [id]}\n"


@dataclass(frozen=True)
class Recorded:
    """The runs of the server's root: of ``train.ipynb``, one with C=0.5 that ended well and one that failed
    in its third cell; and one without a notebook, named ``plain``."""

    good: Run
    failed: Run
    plain: Run


@pytest.fixture(scope="session")
def recorded_root(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recorded]:
    """The folder that is served, and what was run there: leave both as they are."""
    root = tmp_path_factory.mktemp("served") / "work"
    (root / "data").mkdir(parents=True)
    copy_database(empty_database, root)
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "data" / "customers.csv").write_text("id,spent\n1,10.5\n2,7\n", encoding="utf-8")
    notebook = train_notebook(root / "train.ipynb")
    with no_server():
        project = Project(root)
        good = project.run(notebook, {"C": 0.5})
        failed = project.run(notebook, {"fail": True})
        plain = _plain(project)
    return root, Recorded(good, failed, plain)


def _plain(project: Project) -> Run:
    client = project.store.client()
    made = client.create_run(project.store.experiment_id("plain"), run_name="plain")
    client.log_param(made.info.run_id, "depth", 3)
    for step in range(3):
        client.log_metric(made.info.run_id, "accuracy", 0.8 + step / 100, step=step)
    client.set_terminated(made.info.run_id)
    return project.show(made.info.run_id).run


@pytest.fixture(scope="session")
def recorded(recorded_root: tuple[Path, Recorded]) -> Recorded:
    """The runs of the server's root."""
    return recorded_root[1]


@pytest.fixture(scope="session")
def server(
    recorded_root: tuple[Path, Recorded], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server."""
    option = "--ServerApp.allow_unauthenticated_access=False"
    with serving(tmp_path_factory.mktemp("jupyter"), recorded_root[0], option) as found:
        yield found


@pytest.fixture(scope="session")
def rest(server: Server) -> Callable[..., Answer]:
    """One request with a token: ``rest(method, path, json=None, **query)``; see `Server.rest`."""
    return server.rest


@pytest.fixture
def new_project(
    server: Server, empty_database: Path, request: pytest.FixtureRequest, local: None
) -> Callable[..., Project]:
    """Makes a project of the test's own below the server's root, with an empty store and, given it, that text
    as its ``mlops.yaml``; a request names it by ``project=made.root.name``."""

    def make(config: str = "", store: bool = True) -> Project:
        name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[:40]
        root = Path(mkdtemp(prefix=f"{name}-", dir=server.root))  # tests of two modules may have one name
        (root / "mlops.yaml").write_text(config, encoding="utf-8")
        if store:
            copy_database(empty_database, root)
        return Project(root)

    return make
