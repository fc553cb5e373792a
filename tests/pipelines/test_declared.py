"""Whatever will not do is refused before anything runs, with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.config import Config
from jupyter_mlops.entities import Pipeline, Step
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.pipelines.declared import build
from jupyter_mlops.pipelines.graph import asked_for
from jupyter_mlops.pipelines.parameters import as_places
from tests.pipelines.conftest import STEPS, Piped


@pytest.fixture
def folder(bare_folder: Path) -> Path:
    """Whatever is recorded here makes the store, and shows by that."""
    return bare_folder


def refused(piped: Piped, steps: str, rest: str = "", **options: object) -> str:
    piped.declare(steps, rest)
    with pytest.raises(Refused) as caught:
        piped.run(**options)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert not (piped.root / "mlflow.db").exists(), "something was recorded"
    return str(caught.value)


def test_edges_follow_from_places_needs_and_conditions(piped: Piped) -> None:
    piped.declare(
        STEPS
        + "last: {notebook: nb/report.ipynb, needs: [prepare], when: train.x > 1,"
        + " parameters: {model: a, report: b}}\n"
    )
    graph = build(Project(piped.root).config, "p", piped.root)
    assert graph.edges == {
        "prepare": (),
        "train": ("prepare",),
        "report": ("train",),
        "last": ("prepare", "train"),
    }
    assert next(iter(graph.nodes)) == "prepare"
    assert graph.downstream["prepare"] == {"train", "report", "last"}
    assert asked_for(graph, start="train") == {"train", "report", "last"}
    with pytest.raises(Refused, match="did you mean|has no step"):
        asked_for(graph, ["trian"])
    with pytest.raises(Refused, match="exclude each other"):
        asked_for(graph, ["train"], "report")


def test_an_input_within_a_folder_that_a_step_makes_is_an_edge(piped: Piped) -> None:
    piped.declare(
        STEPS.replace("{features: build/features.txt}", "{features: build}", 1)
        .replace("features: build/features.txt", "features: build/a.txt")
        .replace("model: build/", "model: out/")
        .replace("report: build/", "report: out/")
    )
    graph = build(Project(piped.root).config, "p", piped.root)
    assert graph.edges["train"] == ("prepare",)
    source = graph.nodes["train"].inputs["features"]
    assert (source.step, source.output, source.below) == ("prepare", "features", "a.txt")


def test_a_folder_into_which_steps_write_is_an_edge(piped: Piped) -> None:
    report = STEPS.index("report:")
    inputs = STEPS[report:].replace("build/model.txt", "build").replace("report: build/", "report: out/")
    piped.declare(STEPS[:report] + inputs)
    graph = build(Project(piped.root).config, "p", piped.root)
    assert graph.edges["report"] == ("prepare", "train")


def test_a_parameter_may_be_for_conditions_alone(piped: Piped) -> None:
    piped.declare(
        STEPS.replace("nb/train.ipynb", "nb/train.ipynb\n  when: weekly"), "parameters: {weekly: no}"
    )
    assert build(Project(piped.root).config, "p", piped.root).parameters == {"weekly": "no"}


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("raw: raw.txt", "raw: no.txt", 8, "no.txt is not there, and no step makes it"),
        ("raw: raw.txt", "raw: dataset:customers", 8, "there is no dataset 'customers'"),
        ("raw: raw.txt", "raw: build/report.txt", 0, "the steps need each other: "),
        (
            "model: build/model.txt}\nreport",
            "model: build/features.txt}\nreport",
            13,
            "is written by prepare, too",
        ),
        (
            "report: build/report.txt",
            "report: build/model.txt/x",
            17,
            "lies in build/model.txt, an output of train",
        ),
        ("report: build/report.txt", "report: ../x.txt", 17, "is no path in the project"),
        ("report: build/report.txt", "report: /etc/x", 17, "is no path in the project"),
        ("report: build/report.txt", "report: mlops.yaml", 17, "it would be overwritten"),
        ("report: build/report.txt", "report: nb/train.ipynb", 17, "it would be overwritten"),
        ("report: build/report.txt", "report: .mlops/x", 17, "is the project's own"),
        ("report: build/report.txt", "report: .git/x", 17, "is the project's own"),
        ("report: build/report.txt", "report: mlflow.db", 17, "is the project's own"),
        ("report: build/report.txt", "report: nb", 17, "it would be overwritten"),
        ("report: build/report.txt", "reprot: build/report.txt", 17, "unknown parameter 'reprot'"),
        ("nb/train.ipynb", "nb/trian.ipynb", 11, "no such notebook"),
        ("nb/train.ipynb", "raw.txt", 11, "is not a notebook"),
        ("nb/train.ipynb", "nb/train.ipynb\n  kernel: julia", 12, "'julia', which is not installed"),
        ("nb/train.ipynb", "nb/train.ipynb\n  needs: [prepare, evaluate]", 12, "there is no step 'evaluate'"),
        (
            "nb/train.ipynb",
            "nb/train.ipynb\n  parameters: {C: text}",
            12,
            "parameter C: 'text' does not fit float",
        ),
        ("nb/train.ipynb", "nb/train.ipynb\n  grid: {C: [1, text]}", 12, "does not fit float"),
        ("nb/train.ipynb", "nb/train.ipynb\n  grid: {C: []}", 12, "it has no values"),
        ("nb/train.ipynb", "nb/train.ipynb\n  grid: {C: [1, 2]}", 12, "nothing says which one counts"),
        ("nb/train.ipynb", "nb/train.ipynb\n  when: prepare.rows >", 12, "cannot be read"),
        ("nb/train.ipynb", "nb/train.ipynb\n  when: __import__('os')", 12, "may not hold"),
        ("nb/train.ipynb", "nb/train.ipynb\n  when: prepared.rows > 1", 12, "there is no step 'prepared'"),
        ("nb/train.ipynb", "nb/train.ipynb\n  when: report.x > 1", 0, "the steps need each other: "),
        ("nb/train.ipynb", "nb/train.ipynb\n  when: rows > 1", 12, "the pipeline has no parameter 'rows'"),
        ("nb/train.ipynb", "nb/train.ipynb\n  retires: 3", 12, "unknown key 'retires'"),
        ("nb/train.ipynb", "nb/train.ipynb\n  timeout: soon", 12, "'soon' is not a length of time"),
        ("nb/train.ipynb", "nb/train.ipynb\n  resources: {memory: big}", 12, "'big' is not a size"),
        ("nb/train.ipynb", "nb/train.ipynb\n  resources: {cores: 1}", 12, "unknown key 'cores'"),
        ("nb/train.ipynb", "nb/train.ipynb\n  select: {metric: a, mode: best}", 12, "'max' or 'min'"),
        ("notebook: nb/train.ipynb", "kernel: python3", 10, "it names no notebook"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(piped: Piped, old: str, new: str, line: int, told: str) -> None:
    assert old in STEPS
    text = refused(piped, STEPS.replace(old, new, 1))
    assert told in text
    assert str(piped.root / "mlops.yaml") in text
    if line:
        assert f"line {line}:" in text


def test_a_pipeline_without_steps_is_refused(piped: Piped) -> None:
    piped.write("mlops.yaml", "pipelines:\n  p: {}\n")
    with pytest.raises(Refused, match=r"line 2: pipelines\.p: it has no steps"):
        piped.run()


def test_register_names_a_step(piped: Piped) -> None:
    text = refused(piped, STEPS, "register: {model: m, from: trian}")
    assert "line 3: pipelines.p.register.from: there is no step 'trian'" in text


def test_a_pipeline_that_is_not_there(piped: Piped) -> None:
    with pytest.raises(NotFound, match="no pipeline 'q'") as caught:
        Project(piped.root).pipeline("q")
    assert caught.value.hint == "there are: p"


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"Q": 1}, "no step's notebook has a parameter 'Q'"),
        ({"trian.C": 1}, "no step 'trian'"),
        ({"train.Q": 1}, "no step's notebook has a parameter 'train.Q'"),
        ({"C": "text"}, "parameter C: 'text' does not fit float"),
        ({"features": "x"}, "it is an input or output, too"),
    ],
)
def test_parameters_that_do_not_fit(piped: Piped, parameters: dict[str, object], told: str) -> None:
    with pytest.raises(Refused) as caught:
        piped.run(parameters)
    assert told in str(caught.value)


def test_parameters_go_where_they_are_known(piped: Piped) -> None:
    piped.declare(
        STEPS.replace("nb/train.ipynb", "nb/train.ipynb\n  parameters: {C: 2}"), "parameters: {C: 1}"
    )
    config = Project(piped.root).config

    def told(**options: object) -> str:
        return build(config, "p", piped.root, **options).nodes["train"].points[0].parameters["C"]  # type: ignore[arg-type]

    assert told() == "2.0"
    assert told(values={"C": 3}) == "3.0"
    assert told(text={"C": "4"}) == "4.0"
    assert told(text={"train.C": "5", "C": "4"}) == "5.0"


def test_a_given_parameter_takes_the_place_of_a_grid(piped: Piped) -> None:
    piped.declare(STEPS.replace("nb/train.ipynb", "nb/train.ipynb\n  grid: {C: [1, 2]}\n  select: x:min"))
    config = Project(piped.root).config
    points = build(config, "p", piped.root).nodes["train"].points
    assert [point.label for point in points] == ["C=1", "C=2"]
    points = build(config, "p", piped.root, text={"C": "7"}).nodes["train"].points
    assert [point.label for point in points] == [""]


@pytest.mark.parametrize(
    ("text", "size"), [("2GB", 2e9), ("512 MiB", 512 * 2**20), ("100", 100), ("1.5k", 1500), ("1tb", 1e12)]
)
def test_sizes(text: str, size: float) -> None:
    assert Step.model_validate({"resources": {"memory": text}}).resources.memory == size


@pytest.mark.parametrize(("text", "length"), [("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400), (5, 5)])
def test_lengths(text: object, length: float) -> None:
    assert Step.model_validate({"timeout": text}).timeout == length


def test_an_absurd_graph_is_refused_by_its_first_mistake() -> None:
    pipeline = Pipeline(steps={"a": Step(notebook="x.ipynb")})
    with pytest.raises(MLOpsError):
        build(Config(pipelines={"p": pipeline}), "p", __import__("pathlib").Path("/nowhere"))


def test_looking_writes_nothing(piped: Piped) -> None:
    before = sorted(piped.root.rglob("*"))
    assert {step.state.value for step in piped.show().steps} == {"stale"}
    assert sorted(piped.root.rglob("*")) == before


def test_a_file_url_is_a_path_and_no_secret(piped: Piped) -> None:
    raw = (piped.root / "raw.txt").as_uri()
    piped.declare(STEPS.replace("raw: raw.txt", f"raw: '{raw}'"))
    found = build(Project(piped.root).config, "p", piped.root).nodes["prepare"]
    assert found.inputs["raw"].place == str(piped.root / "raw.txt")
    assert as_places({"raw": "file:/x", "out": "/y"}) == {"raw": "text:file:/x", "out": "/y"}


@pytest.mark.parametrize("url", ["foo://bucket/x.txt", "memory://nothing/x.txt"])
def test_a_url_behind_which_there_is_nothing_is_refused(piped: Piped, url: str) -> None:
    text = refused(piped, STEPS.replace("raw: raw.txt", f"raw: '{url}'"))
    assert "line 8:" in text
    assert url in text


@pytest.mark.parametrize(
    ("options", "told"),
    [({"workers": 0}, "0 workers run nothing"), ({"engine": "dusk"}, "there is no engine")],
)
def test_what_is_asked_of_a_run_is_looked_at(piped: Piped, options: dict[str, object], told: str) -> None:
    assert told in refused(piped, STEPS, **options)


@pytest.mark.parametrize("name", ["'../x'", "'.'", "''", '"a\\nb"'])
def test_a_step_has_a_name_that_can_be_told(piped: Piped, name: str) -> None:
    assert "is no name of a step" in refused(piped, STEPS.replace("report:\n", f"{name}:\n", 1))
