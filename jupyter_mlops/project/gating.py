"""Verbs on gates."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_mlops.entities import GateReport, GateResult
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import registry


class Gating(Rooms):
    """Verbs on gates."""

    def gates(
        self,
        model: str,
        *,
        to: str = registry.CHAMPION,
        judge: bool = False,
        done: Callable[[GateResult, int, int], None] = lambda result, count, total: None,
        report: Callable[[str], None] = lambda line: None,
    ) -> GateReport:
        """What ``NAME`` (its newest version), ``NAME@VERSION`` or ``NAME@ALIAS`` must pass to get the alias
        `to`, and what was last found of that; with `judge` all of it is judged now, and kept.

        Without `judge`, gates that were not judged yet, or against another champion than now, are waiting;
        those on approvals, rejections and freezes are always told as of now.

        Args:
            model: the version.
            to: the alias.
            judge: judge all gates now.
            done: called with each result, how many there are by now, and how many there will be.
            report: told in a line how far a long gate is.

        Raises:
            NotFound: no such model, version or alias.
            ConfigError: a gate in ``mlops.yaml`` cannot be read.
        """
        from jupyter_mlops.promotion.gates import gates_for
        from jupyter_mlops.promotion.judging import judge_gates, pending
        from jupyter_mlops.promotion.situation import situation

        context = situation(self.store, self.config, model, to, report)
        gates = gates_for(self.store, self.config, context.version)
        return judge_gates(context, gates, done=done) if judge else pending(context, gates)
