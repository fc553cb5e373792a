"""A model behind HTTP: asked, moved under load, broken, killed."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.serving.server.serving import ServeOptions, Serving, plainly
from jupyter_mlops.tracking.loading import quiet
from jupyter_mlops.tracking.store import local_folder
from tests.promotion.registered import copied
from tests.serving.served import ROWS, Answer, Served, ask, serving, until


@pytest.fixture(scope="module")
def served(churn_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``churn@champion`` is version 2, served; tests may move it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        project = copied(churn_made, tmp_path_factory.mktemp("served") / "project")
        project.store.client().set_registered_model_alias("churn", "champion", "2")
        with serving(project) as made:
            yield made


def test_it_answers_and_says_which_version_does(served: Served) -> None:
    served.point(2)
    until(lambda: served.answers_by(2))
    answer = ask(f"{served.url}/invocations", ROWS)
    assert answer.status == 200
    assert answer.version == "2"
    assert answer.json == {"predictions": served.expected(2)}
    assert served.lines[0].startswith("churn@")
    assert served.lines[0].endswith(f"(champion) answers on {served.url}/invocations")
    for path in ("ping", "health", "version"):
        assert (ask(f"{served.url}/{path}").status, ask(f"{served.url}/{path}").version) == (200, "2")
    about = ask(served.url).json
    assert (about["model"], about["alias"], about["version"]) == ("churn", "champion", "2")
    assert about["requests"] >= 1
    assert about["recording"] is None


def test_the_example_it_prints_is_answered(served: Served) -> None:
    import shlex

    words = shlex.split(served.lines[1])
    assert words[:3] == ["curl", "-H", "Content-Type: application/json"]
    assert ask(words[-1], words[words.index("-d") + 1]).status == 200


def test_what_the_model_refuses_is_passed_on(served: Served) -> None:
    answer = ask(f"{served.url}/invocations", {"dataframe_records": [{"age": "old"}]})
    assert answer.status == 400
    assert answer.json["error_code"] == "BAD_REQUEST"
    assert ask(f"{served.url}/invocations", "{", "application/json").status == 400
    assert ask(f"{served.url}/invocations", "a", "text/plain").status == 415


def test_a_request_that_the_server_stumbles_over_costs_nobody_elses_answer(served: Served) -> None:
    for _ in range(5):
        assert ask(f"{served.url}/invocations", "[" * 100_000).status >= 400
        assert [ask(f"{served.url}/invocations", ROWS).status for _ in range(5)] == [200] * 5


def test_what_is_no_request_is_refused_in_a_line(served: Served) -> None:
    for answer, status in (
        (ask(f"{served.url}/models"), 404),
        (ask(f"{served.url}/invocations"), 405),
        (ask(f"{served.url}/ping", "{}"), 405),
        (ask(f"{served.url}/ping", method="BREW"), 405),
    ):
        assert answer.status == status
        assert set(answer.json) == {"error_code", "message"}


def test_a_request_without_a_content_type_is_told_to_name_one(served: Served) -> None:
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc)
    connection.request("POST", "/invocations", b"{}")
    answer = connection.getresponse()
    assert (answer.status, "Content-Type" in json.loads(answer.read())["message"]) == (415, True)
    connection.close()


@pytest.mark.parametrize("chunked", [False, True], ids=["told", "chunked"])
def test_a_request_that_is_too_large_is_refused(served: Served, chunked: bool) -> None:
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc)
    connection.putrequest("POST", "/invocations")
    connection.putheader("Content-Type", "text/csv")
    if chunked:
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        part = bytes(10_000_000)
        for _ in range(10):
            connection.send(b"%x\r\n%s\r\n" % (len(part), part))
        connection.send(b"1\r\n0\r\n")
    else:
        connection.putheader("Content-Length", "100000001")
        connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["error_code"]) == (413, "REQUEST_ENTITY_TOO_LARGE")
    connection.close()


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:5001", "10.0.0.1"]
)
def test_a_page_whose_name_was_made_to_mean_this_machine_is_kept_out(served: Served, host: str) -> None:
    answer = ask(f"{served.url}/invocations", ROWS, Host=host)
    assert answer.status == 403
    assert "predictions" not in answer.json


def test_this_machine_by_any_of_its_names_is_let_in_and_no_other_origin_may_read(served: Served) -> None:
    for host in ("localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:5001", "127.0.0.2:5001", "[::1]"):
        answer = ask(served.url, Host=host, Origin="https://evil.example")
        assert answer.status == 200
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_no_request_fails_while_the_alias_moves_back_and_forth(served: Served) -> None:
    served.point(2)
    until(lambda: served.answers_by(2))
    over, answers = threading.Event(), list[Answer]()

    def hammer() -> None:
        while not over.is_set():
            answers.append(ask(f"{served.url}/invocations", ROWS))

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for version in (1, 2):
            served.point(version)
            until(lambda version=version: served.answers_by(version))  # type: ignore[misc]
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert {answer.status for answer in answers} == {200}
    # each is answered by the version that it says: the first one does not look at the age
    said = {(answer.version, tuple(answer.json["predictions"])) for answer in answers}
    assert said == {("1", tuple(served.expected(1))), ("2", tuple(served.expected(2)))}
    assert served.expected(1) != served.expected(2)
    assert "churn@champion: version 2 -> 1" in served.lines
    assert "churn@champion: version 1 -> 2" in served.lines


def test_a_version_whose_files_are_gone_leaves_the_one_before_answering(served: Served) -> None:
    served.point(2)
    until(lambda: served.answers_by(2))
    client = served.project.store.client()
    folder = local_folder(client.get_model_version_download_uri("churn", "3"))
    assert folder is not None
    away = folder.with_name("away")
    shutil.move(folder, away)
    try:
        served.point(3)
        line = until(lambda: next((line for line in served.lines if line.startswith("churn@3 ")), ""))
        assert line == "churn@3 cannot be served: its files are gone; churn@2 goes on answering"
        assert ask(f"{served.url}/invocations", ROWS).version == "2"
    finally:
        shutil.move(away, folder)
    served.point(2)
    served.point(3)  # it is tried again at once where the alias moved
    until(lambda: served.answers_by(3) or (served.point(2), served.point(3)))  # unless it moved between looks
    assert served.lines.count(line) == 1


def test_a_scoring_server_that_dies_is_started_again(served: Served) -> None:
    served.point(2)
    until(lambda: served.answers_by(2))
    os.kill(_scoring(served), signal.SIGKILL)
    answers = iter(lambda: ask(f"{served.url}/invocations", ROWS), None)
    refused = next(answer for answer in answers if answer is not None and answer.status != 200)
    assert refused.status == 503
    assert refused.headers["Retry-After"].isdigit()
    assert "try again" in refused.json["message"]
    assert refused.version is None
    until(lambda: ask(served.url).json["version"] is None)
    until(lambda: ask(f"{served.url}/invocations", ROWS).status == 200)
    assert "the scoring server of churn@2 was killed by signal 9: it is started again now" in served.lines
    assert "churn@2 answers again" in served.lines


def test_an_alias_that_is_gone_leaves_its_version_answering(served: Served) -> None:
    served.point(2)
    until(lambda: served.answers_by(2))
    served.project.store.client().delete_registered_model_alias("churn", "champion")
    until(lambda: any("no version or alias 'champion'" in line for line in served.lines))
    assert ask(f"{served.url}/invocations", ROWS).version == "2"
    served.point(2)
    until(lambda: "churn@champion is followed again" in served.lines)


def test_a_version_that_fails_on_its_own_example_leaves_the_one_before_answering(served: Served) -> None:
    version = _waiter(served.project, example="")
    served.point(2)
    until(lambda: served.answers_by(2))
    served.point(version)
    line = until(lambda: next((line for line in served.lines if f"churn@{version}" in line), ""))
    assert line.startswith(f"churn@{version} answers its own input example with 400: ")
    assert line.endswith("ValueError: no file to wait for; churn@2 goes on answering")
    assert ask(f"{served.url}/invocations", ROWS).version == "2"


def test_an_answer_that_cannot_be_told_is_an_error_of_that_request_only(served: Served) -> None:
    version, file = _waiter(served.project), served.project.root / "come"
    file.touch()
    served.point(version)
    until(lambda: served.answers_by(version))
    asked = {name: {"dataframe_records": [{"file": name}]} for name in ("unheard of", str(file))}
    for _ in range(5):
        assert ask(f"{served.url}/invocations", asked["unheard of"]).status == 500
        told = [ask(f"{served.url}/invocations", asked[str(file)]) for _ in range(5)]
        assert [(answer.status, answer.json) for answer in told] == [(200, {"predictions": ["no"]})] * 5


def test_a_request_in_flight_is_answered_by_the_version_that_has_it(served: Served) -> None:
    version, file = _waiter(served.project), served.project.root / "go on"
    served.point(version)
    until(lambda: served.answers_by(version))
    before, answers = ask(served.url).json["requests"], list[Answer]()
    slow = {"dataframe_records": [{"file": str(file)}]}
    thread = threading.Thread(target=lambda: answers.append(ask(f"{served.url}/invocations", slow)))
    thread.start()
    until(lambda: ask(served.url).json["requests"] > before)
    served.point(2)
    until(lambda: served.answers_by(2))
    assert ask(f"{served.url}/invocations", ROWS).json == {"predictions": served.expected(2)}
    assert not answers
    file.touch()
    thread.join()
    assert [(answer.status, answer.version) for answer in answers] == [(200, str(version))]


@pytest.mark.parametrize(
    ("reference", "problem"),
    [("chrun@champion", "no registered model 'chrun'"), ("churn@champoin", "no version or alias 'champoin'")],
)
def test_an_unknown_model_or_alias_is_refused(served: Served, reference: str, problem: str) -> None:
    with pytest.raises(NotFound, match=problem) as caught:
        _serve(served.project, reference)
    assert "did you mean" in (caught.value.hint or "")


def test_an_empty_project_is_left_as_it_is(bare_folder: Path) -> None:
    with pytest.raises(NotFound, match="no registered model 'churn'"):
        _serve(Project(), "churn@champion")
    assert not (bare_folder / "mlflow.db").exists()


def test_a_port_that_is_taken_is_refused(served: Served) -> None:
    port = urlsplit(served.url).port
    assert port
    with pytest.raises(
        Refused, match=f"port {port} of 127.0.0.1 cannot be had: Address .* in use$"
    ) as caught:
        _serve(served.project, "churn@2", port=port)
    assert "--port 0" in (caught.value.hint or "")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_others_are_let_in_only_where_that_is_meant(bare_folder: Path, host: str) -> None:
    with pytest.raises(Refused, match="there is no authentication"):
        _serve(Project(), "churn@champion", host=host)


def test_a_plain_artifact_is_refused(served: Served) -> None:
    import mlflow

    client = served.project.store.client()
    (served.project.root / "notes.txt").write_text("no model", encoding="utf-8")
    with mlflow.start_run(experiment_id=served.project.store.experiment_id("other")) as run:
        mlflow.log_artifact(str(served.project.root / "notes.txt"))
    client.create_registered_model("notes")
    client.create_model_version("notes", f"{run.info.artifact_uri}/notes.txt", run.info.run_id)
    with pytest.raises(Refused, match="notes@1 cannot be served: it is a plain artifact and no model"):
        _serve(served.project, "notes@1")


def test_what_is_told_is_a_line_that_can_be_shown_and_stops_nothing() -> None:
    lines: list[str] = []
    plainly(lines.append)("a\x1b[2J\nb ü")
    assert lines == ["a\ufffd[2J\ufffdb ü"]

    def gone(line: str) -> None:
        raise BrokenPipeError

    plainly(gone)("nobody reads")


def _serve(project: Project, reference: str, **options: object) -> None:
    wanted = ServeOptions(**{"port": 0, **options})  # type: ignore[arg-type]
    Serving(project.store, project.config, reference, wanted).run()


def _waiter(project: Project, example: str | None = None) -> int:
    """A new version of `churn` that answers once there is the file that it was asked with."""
    import mlflow
    import pandas as pd

    frame = pd.DataFrame({"file": ["/"]})
    project.store.client()
    with mlflow.start_run(experiment_id=project.store.experiment_id("churn")) as run, quiet():

        class Waiter(mlflow.pyfunc.PythonModel):
            def predict(self, model_input: pd.DataFrame) -> list[Any]:
                import os
                import time

                file = model_input["file"].iloc[0]
                if not file:
                    raise ValueError("no file to wait for")
                if file == "unheard of":
                    return [object()]
                while not os.path.exists(file):
                    time.sleep(0.05)
                return ["no"] * len(model_input)

        mlflow.pyfunc.log_model(
            name="model",
            python_model=Waiter(),
            signature=mlflow.models.infer_signature(frame, ["no"]),
            input_example=None if example is None else pd.DataFrame({"file": [example]}),
            pip_requirements=[],
        )
    return int(project.register(run.info.run_id, "churn").version)


def _scoring(served: Served) -> int:
    """The process of MLflow's own server, below its supervisor."""
    import psutil

    def scores(child: psutil.Process) -> bool:
        try:
            return any("jupyter_mlops.tracking.scoring" in word for word in child.cmdline())
        except psutil.Error:  # it has ended
            return False

    found = [child for child in psutil.Process().children() if scores(child)]
    below = [grandchild.pid for child in found for grandchild in child.children()]
    assert len(below) == 1
    return below[0]
