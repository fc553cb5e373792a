"""Schedules and their slots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyter_mlops.entities import Entity

VIEWS: dict[type[Entity], Callable[[Any, Any], None]] = {}
