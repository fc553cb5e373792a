"""A small project with a pipeline of real notebooks: letters → words → report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import PipelineRun, StepState
from tests.conftest import cell, write

PREPARE = (
    "import helper\nlines = open(raw).read().split()\n"
    "open(features, 'w').write(' '.join(map(helper.change, lines)))"
)
TRAIN = "words = open(features).read().split()\nopen(model, 'w').write(f'{len(words)} {C}')"
REPORT = "open(report, 'w').write('report: ' + open(model).read())"

STEPS = """
prepare:
  notebook: nb/prepare.ipynb
  inputs: {raw: raw.txt}
  outputs: {features: build/features.txt}
train:
  notebook: nb/train.ipynb
  inputs: {features: build/features.txt}
  outputs: {model: build/model.txt}
report:
  notebook: nb/report.ipynb
  inputs: {model: build/model.txt}
  outputs: {report: build/report.txt}
"""


class Piped:
    """The project at `root`, whose pipeline is named ``p``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notebook("prepare", "raw = ''\nfeatures = ''", PREPARE)
        self.notebook("train", "features = ''\nmodel = ''\nC: float = 1.0", TRAIN)
        self.notebook("report", "model = ''\nreport = ''", REPORT)
        self.write("nb/helper.py", "def change(word):\n    return word.upper()\n")
        self.write("raw.txt", "one two three")
        self.declare(STEPS)

    def notebook(self, name: str, parameters: str, *sources: str) -> Path:
        """A notebook of a parameters cell and others."""
        (self.root / "nb").mkdir(exist_ok=True)
        cells = [cell(parameters, "parameters", identifier="parameters")]
        cells += [cell(source, identifier=f"cell{number}") for number, source in enumerate(sources)]
        return write(self.root / "nb" / f"{name}.ipynb", cells)

    def declare(self, steps: str, rest: str = "") -> None:
        """The pipeline's steps, and what else there is to say of it."""
        told = (
            f"pipelines:\n  p:\n{indent(dedent(rest), '    ')}\n    steps:\n{indent(dedent(steps), '      ')}"
        )
        self.write("mlops.yaml", told)

    def write(self, path: str, text: str) -> Path:
        """A file of the project."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def read(self, path: str) -> str:
        """A file's text."""
        return (self.root / path).read_text(encoding="utf-8")

    def run(self, *parameters: Any, **options: Any) -> PipelineRun:
        """Run the pipeline."""
        return Project(self.root).pipeline("p").run(*parameters, **{"workers": 2, **options})

    def show(self, **options: Any) -> PipelineRun:
        """Look at it."""
        return Project(self.root).pipeline("p").show(**options)


@pytest.fixture
def piped(folder: Path, local: None) -> Piped:
    """A fresh project."""
    return Piped(folder)


def states(found: PipelineRun) -> dict[str, str]:
    """The state of each step, and point."""
    return {step.name: step.state.value for step in found.steps}


def ran(found: PipelineRun) -> set[str]:
    """The steps that were run."""
    return {step.name for step in found.steps if step.state is StepState.FINISHED}


Run = Callable[..., PipelineRun]
