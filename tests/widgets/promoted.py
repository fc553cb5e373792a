"""A project whose model `churn` has a champion and two versions that want to become it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_mlops.project import Project
from tests.promotion.registered import add_rated

SOON = 60  # seconds that no part of a test comes near
GATES = "models:\n  churn:\n    gates: [accuracy >= 0.75, accuracy >= champion.accuracy - 0.01]\n"


def build(root: Path) -> None:
    """Version 1 is the champion, version 2 passes all gates, version 3 none but that nobody rejected it."""
    (root / "mlops.yaml").write_text(GATES, encoding="utf-8")
    project = Project(root)
    add_rated(project, (0.8, 0.85, 0.7), _fields)
    project.promote("churn@1")


def _fields(number: int) -> dict[str, Any]:
    return {"parameters": {"C": str(number)}, "cells": ["C = 1.0", f"fit(C, step={number})"]}
