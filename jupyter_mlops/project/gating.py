"""Verbs on gates."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_mlops.entities import GateReport, GateResult
from jupyter_mlops.exceptions import NotFound, UsageError, did_you_mean
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
        anew: bool = False,
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
            judge: judge all gates now; of slow ones a result stands that depends on the same as now.
            anew: judge those anew, too.
            done: called with each result, how many there are by now, and how many there will be.
            report: told in a line how far a long gate is.

        Raises:
            NotFound: no such model, version or alias.
            ConfigError: a gate in ``mlops.yaml`` cannot be read.
        """
        from jupyter_mlops.promotion.gates import gates_before
        from jupyter_mlops.promotion.judging import judge_gates, pending
        from jupyter_mlops.promotion.situation import situation

        context = situation(self.store, self.config, model, to, report)
        gates = gates_before(self.store, self.config, context.version, to)
        return judge_gates(context, gates, anew=anew, done=done) if judge else pending(context, gates)

    def listed_gates(self, model: str, *, to: str = registry.CHAMPION) -> GateReport:
        """As `gates` tells without judging; of a model that has no version yet, what one will have to pass.

        Raises:
            NotFound: there is no such model, neither registered nor in ``mlops.yaml``; or no such version.
            ConfigError: a gate in ``mlops.yaml`` cannot be read.
        """
        from jupyter_mlops.promotion.gates import UNGATED, parse_gates
        from jupyter_mlops.promotion.judging import waiting

        name = model.partition("@")[0]
        known = self._registered()
        if name in known:
            return self.gates(model, to=to)
        if model != name or name not in self.config.models:
            names = {*known, *self.config.models}
            raise NotFound(f"no registered model {name!r}", hint=did_you_mean(name, names))
        gates = parse_gates(self.config, name, root=self.root)
        results = tuple(waiting(gate) for gate in gates if to not in UNGATED or gate.kind == "not_rejected")
        return GateReport(model=name, version="", alias=to, results=results)

    def add_gate(self, model: str, gate: str) -> GateReport:
        """Put a gate, a text or a YAML mapping, behind the others of the model in ``mlops.yaml``; what else
        is there stays as it is, to the comment. The gates as they are then; a note tells where no such model
        is registered.

        Raises:
            UsageError: it is no gate, or there already.
            ConfigError: ``mlops.yaml`` is broken.
            Refused: the file cannot be changed, or not without losing something of it.
        """
        from jupyter_mlops.promotion.gate_edits import add_gate

        return self._rewritten(model, lambda: f"added: {add_gate(self.root, self.config, model, gate)}")

    def remove_gate(self, model: str, gate: str) -> GateReport:
        """Take a gate of the model out of ``mlops.yaml``; as `add_gate`.

        Raises:
            UsageError: it is no gate.
            NotFound: the model has no such gate.
            ConfigError: ``mlops.yaml`` is broken.
            Refused: the file cannot be changed, or not without losing something of it.
        """
        from jupyter_mlops.promotion.gate_edits import remove_gate

        return self._rewritten(model, lambda: f"removed: {remove_gate(self.root, self.config, model, gate)}")

    def _rewritten(self, model: str, rewrite: Callable[[], str]) -> GateReport:
        if not model or "@" in model:
            name = model.partition("@")[0] or "churn"
            raise UsageError("gates are of a model, not of a version", hint=f"name the model: {name}")
        said = self.edit_config(rewrite)
        found = self.listed_gates(model)
        notes = [said]
        if not found.version:
            hint = did_you_mean(model, self._registered())
            meant = f": {hint}" if hint.startswith("did") else ""
            notes.append(f"no model {model} is registered yet{meant}")
        return found.model_copy(update={"notes": (*found.notes, *notes)})

    def _registered(self) -> list[str]:
        if self.store.is_new:
            return []
        return sorted({version.name for version in registry.list_models(self.store)})
