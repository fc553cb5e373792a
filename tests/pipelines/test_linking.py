"""What steps read and made is linked to their runs: a model's lineage goes through them to the data."""

from __future__ import annotations

from jupyter_mlops import Project
from tests.pipelines.conftest import Piped


def test_a_part_of_an_output_leads_to_the_whole_of_it(piped: Piped) -> None:
    make = "import os\nos.makedirs(images)\nopen(images + '/a.txt', 'w').write('a')"
    piped.notebook("prepare", "images = ''", make)
    piped.notebook("train", "one = ''\nfolder = ''\nmodel = ''", "open(model, 'w').write('m')")
    piped.declare(
        """
        prepare:
          notebook: nb/prepare.ipynb
          outputs: {images: build/images}
        train:
          notebook: nb/train.ipynb
          inputs: {one: build/images/a.txt, folder: build}
          outputs: {model: model.txt}
        """
    )
    found = Project(piped.root).pipeline("p").run(workers=2)
    assert found.exit_code == 0
    details = Project(piped.root).show({step.name: step.run_id for step in found.steps}["train"])
    linked = {version.name: version.context for version in details.datasets}
    assert linked == {
        "a": "one", "build": "folder", "images": "one, with images", "model": "model"
    }  # fmt: skip


def test_the_lineage_of_a_model_goes_through_the_steps_to_the_catalogued_data(piped: Piped) -> None:
    piped.declare(
        """
        prepare:
          notebook: nb/prepare.ipynb
          inputs: {raw: "dataset:letters"}
          outputs: {features: build/features.txt}
        train:
          notebook: nb/train.ipynb
          inputs: {features: build/features.txt}
          outputs: {model: build/model.txt}
        """
    )
    text = piped.read("mlops.yaml")
    piped.write("mlops.yaml", text + "datasets:\n  letters: {source: raw.txt, tags: {owner: ana}}\n")
    project = Project(piped.root)
    found = project.pipeline("p").run(workers=2)
    assert found.exit_code == 0
    (letters,) = project.datasets.list()
    assert (letters.label, letters.tags) == ("letters@1", {"owner": "ana"})
    client = project.store.client()
    client.create_registered_model("m")
    runs = {step.name: step.run_id for step in found.steps}
    client.create_model_version("m", "models", run_id=runs["train"])
    lineage = project.datasets.lineage("m@1")
    names = {node.key: node.name for node in lineage.nodes}
    links = [(names[link.source], link.label, names[link.target]) for link in lineage.links]
    assert set(links) == {
        ("letters", "read as raw", "prepare"),
        ("prepare", "wrote", "features"),
        ("features", "read as features", "train"),
        ("train", "made", "m@1"),
    }
    forward = project.datasets.lineage("letters")
    assert {"train", "m@1", "model"} <= {node.name for node in forward.nodes}
    assert [use.name for use in project.datasets.show("letters").uses] == ["prepare"]
    (again,) = project.pipeline("p").run().steps[:1]
    assert again.state.value == "cached"
    assert len(project.datasets.list()) == 1


def test_a_step_that_fails_is_linked_to_what_it_read(piped: Piped) -> None:
    piped.notebook("prepare", "raw = ''\nfeatures = ''", "open(features, 'w').write(open(raw).read())\n1 / 0")
    piped.declare(
        """
        prepare:
          notebook: nb/prepare.ipynb
          inputs: {raw: raw.txt}
          outputs: {features: build/features.txt}
        """
    )
    found = Project(piped.root).pipeline("p").run()
    assert found.exit_code == 1
    (step,) = found.steps
    read = Project(piped.root).show(step.run_id).datasets
    assert [(version.name, version.context, version.wrote) for version in read] == [("raw", "raw", False)]
