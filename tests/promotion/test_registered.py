"""The project that tests of promotion begin with is such as headless runs leave it."""

from __future__ import annotations

from jupyter_mlops.entities import RunKind
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.registry import find_version


def test_it_is_a_project_with_three_versions(churn: Project) -> None:
    found = churn.models("churn")
    assert [version.version for version in found] == ["3", "2", "1"]
    assert all(version.metrics["accuracy"] > 0.5 and not version.aliases for version in found)
    details = churn.show(str(found[0].run_id))
    assert details.run.kind is RunKind.HEADLESS
    assert (details.damaged, details.order) == ((), ())
    assert [(data.label, data.context) for data in details.datasets] == [("train@1", "training")]
    assert str(churn.root) in details.artifact_uri


def test_copies_do_not_see_each_other(churn: Project, churn_shared: Project) -> None:
    churn.store.client().set_registered_model_alias("churn", "champion", "2")
    assert find_version(churn.store, "churn@champion").version == "2"
    assert all(not version.aliases for version in churn_shared.models("churn"))
    model = churn.load_model("churn@2")
    assert list(model.feature_names_in_) == ["age", "tenure"]
