"""The store: made once by many, refused early when it cannot serve."""

from __future__ import annotations

import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.tracking.reaching import reach
from jupyter_mlops.tracking.store import Store
from tests.conftest import MAKE_STORE

ServerOf = Callable[..., "Asked"]
pytestmark = pytest.mark.usefixtures("local")

SIXTEEN = """
import gc, os, sys
import mlflow.store.tracking.sqlalchemy_store, sqlalchemy.dialects.sqlite
from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind
from jupyter_mlops.tracking.recorder import Recorder

def first():
    recorder = Recorder.start(Project().store, experiment="race", name="first", kind=RunKind.USER)
    recorder.metrics({"m": 1.0})

gc.freeze()  # what is imported is not looked through again at the end of each process
waits, starts = os.pipe()
children = []
for _ in range(16):
    child = os.fork()
    if child == 0:
        os.close(starts)
        os.read(waits, 1)  # until the last process is there
        first()
        sys.exit()
    children.append(child)
assert not os.path.exists("mlflow.db")
os.close(starts)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


@pytest.fixture
def folder(bare_folder: Path) -> Path:
    """These tests are about the store's beginning."""
    return bare_folder


@pytest.mark.timeout(280)
def test_sixteen_processes_that_start_at_once_on_no_store_all_succeed(folder: Path) -> None:
    # forked, so that none waits for its imports, and all sixteen do come at once
    done = subprocess.run([sys.executable, "-c", SIXTEEN], capture_output=True, text=True)
    assert done.stdout == f"{[0] * 16}\n", done.stderr
    runs = Project().runs()
    assert [(run.experiment, run.metrics) for run in runs] == [("race", {"m": 1.0})] * 16


def test_a_store_whose_making_was_killed_is_made_anew_private_and_whole(folder: Path) -> None:
    making = subprocess.Popen([sys.executable, "-c", MAKE_STORE], stderr=subprocess.DEVNULL)
    half = folder / ".mlflow.db.part"
    while not (half.exists() and half.stat().st_size) and making.poll() is None:
        time.sleep(0.001)
    making.kill()
    making.wait()
    assert half.exists()
    assert not (folder / "mlflow.db").exists()

    store = Project().store
    identifier = store.experiment_id("some/odd name")
    assert (folder / "mlflow.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(folder / "mlflow.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    assert not half.exists()
    location = store.client().get_experiment(identifier).artifact_location
    assert location.startswith((folder / "mlruns").as_uri())
    default = store.client().get_experiment("0").artifact_location
    assert default.startswith((folder / "mlruns").as_uri())


def test_a_store_of_a_newer_mlflow_is_refused_with_the_mend(folder: Path) -> None:
    Project().store.client()
    with sqlite3.connect(folder / "mlflow.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    connection.close()
    with pytest.raises(StoreError, match="newer MLflow") as caught:
        Project().store.client()
    assert "upgrade" in str(caught.value.hint)


def test_a_store_of_an_older_mlflow_is_kept_before_it_is_upgraded(folder: Path) -> None:
    Project().store.client()
    from jupyter_mlops.tracking.store import _schema_revisions

    known, heads = _schema_revisions()
    assert len(heads) == 1
    older = sorted(known - heads)[0]
    with sqlite3.connect(folder / "mlflow.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (older,))
    connection.close()
    Project().store.client()
    assert (folder / ".mlops" / f"mlflow-{older}.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_database_is_refused(folder: Path) -> None:
    (folder / "mlflow.db").write_text("not a database, and long enough to be read as one" * 100)
    with pytest.raises(StoreError, match="not an SQLite database"):
        Project().store.client()


class Asked(ThreadingHTTPServer):
    """Answers as a tracking server that is well; by which words it was `asked`: path and credentials."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        super().__init__(("127.0.0.1", 0), _Answer)
        self.place = f"localhost:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A client that does not trust us hangs up."""


class _Answer(BaseHTTPRequestHandler):
    server: Asked

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server_of() -> Iterator[ServerOf]:
    """Starts one, with a certificate or without."""
    servers: list[Asked] = []

    def start(certificate: Path | None = None) -> Asked:
        servers.append(Asked())
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate.with_name("key.pem"))
            servers[-1].socket = context.wrap_socket(servers[-1].socket, server_side=True)
        threading.Thread(target=servers[-1].serve_forever, args=[0.05], daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of ``localhost``, signed by itself, the key beside it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    path = folder / "server.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_server_out_of_reach_is_refused_at_once(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = Store(folder, TrackingConfig(uri=f"http://127.0.0.1:{port}"))
    with pytest.raises(StoreError, match="out of reach") as caught:
        store.client()
    assert "start it" in str(caught.value.hint)
    assert not (folder / "mlflow.db").exists()
    with pytest.raises(StoreError) as caught:
        reach(f"http://ada:hidden@127.0.0.1:{port}", 1.0)
    assert str(caught.value).endswith("Connection refused")
    assert "hidden" not in str(caught.value)


def test_a_server_is_asked_by_the_credentials_of_its_address(server_of: ServerOf) -> None:
    server = server_of()
    reach(f"http://ada:pw@{server.place}/", 5.0)
    assert server.asked == [("/health", "Basic YWRhOnB3")]


@pytest.mark.parametrize("variable", ["MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE"])
def test_a_server_is_trusted_by_the_certificate_that_mlflow_trusts(
    server_of: ServerOf, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    server = server_of(certificate)
    with pytest.raises(StoreError, match="certificate verify failed"):
        reach(f"https://{server.place}", 5.0)
    monkeypatch.setenv(variable, str(certificate))
    reach(f"https://{server.place}", 5.0)
    assert server.asked == [("/health", None)]


def test_the_environment_wins_over_the_configuration_and_is_left_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    wished = f"sqlite:///{folder / 'other.db'}"
    assert Store(folder, TrackingConfig(uri=wished)).uri == wished
    Store(folder, TrackingConfig()).client()
    assert "MLFLOW_TRACKING_URI" not in os.environ
    monkeypatch.setenv("MLFLOW_TRACKING_URI", wished)
    assert Store(folder, TrackingConfig(uri="sqlite:///elsewhere.db")).uri == wished


def test_a_deleted_experiment_is_told_with_the_mend(folder: Path) -> None:
    store = Project().store
    store.client().delete_experiment(store.experiment_id("gone"))
    with pytest.raises(StoreError, match="was deleted") as caught:
        Project().store.experiment_id("gone")
    assert "restore" in str(caught.value.hint)
