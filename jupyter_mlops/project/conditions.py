"""Conditions on metrics in ``mlops.yaml``: read, and told with their line, before anything goes by them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.config import Config, where
from jupyter_mlops.exceptions import ConfigError, Refused, UsageError

if TYPE_CHECKING:
    from jupyter_mlops.monitoring.watched import Condition

# of a metric whose name MLflow allows, whatever it is made of
PLAIN = re.compile(r"\s*(?P<name>[\w\-./: ]+?)\s*(?P<sign><=|>=|==|!=|<|>)\s*(?P<number>[-+\w.]+)\s*")
_EXAMPLE = "write e.g. accuracy >= 0.8"


def performance_of(config: Config, root: Path, name: str) -> list[Condition]:
    """What a monitor demands of metrics, in the words of checks.

    Raises:
        ConfigError: naming file, line and key of one that cannot be read.
    """
    from jupyter_mlops.checks.expressions import OPERATORS, AtLeast, parse_demand
    from jupyter_mlops.monitoring.watched import Condition

    found = []
    for number, text in enumerate(config.monitors[name].performance):
        problem, hint = f"{text!r} is no condition on a metric", _EXAMPLE
        try:
            demand = parse_demand(text)
        except UsageError as error:
            demand, problem, hint = None, str(error), error.hint or hint
        if not isinstance(demand, AtLeast) or demand.other is not None or demand.by is not None:
            place = where(root, ["monitors", name, "performance", number])
            raise ConfigError(f"{place}: {problem}", hint=hint)
        found.append(Condition(text, demand.metric, OPERATORS[demand.operator], demand.value))
    return found


def check_conditions(config: Config, root: Path) -> None:
    """Return if all conditions that monitors demand, or schedules wait for, can be read.

    Raises:
        ConfigError: naming file, line and key of the first that cannot.
    """
    for name in config.monitors:
        performance_of(config, root, name)
    for name, schedule in config.schedules.items():
        if schedule.on is None or schedule.on.metric is None:
            continue
        try:
            check_condition(schedule.on.metric)
        except Refused as error:
            place = where(root, ["schedules", name, "on", "metric"])
            raise ConfigError(f"{place}: {error}", hint=error.hint) from None


def check_condition(text: str) -> None:
    """Return if a schedule can wait for this condition.

    Raises:
        Refused: it cannot be read.
    """
    from jupyter_mlops.pipelines.conditions import Condition

    if PLAIN.fullmatch(text):
        return
    try:
        Condition(text)
    except Refused:
        raise Refused(f"{text!r} is no condition on a metric", hint=_EXAMPLE) from None
