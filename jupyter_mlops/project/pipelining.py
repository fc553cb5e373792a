"""Verbs on pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlops.entities import PipelineRun
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.reader import find_run

if TYPE_CHECKING:
    from jupyter_mlops.entities.panels import PipelineSummary
    from jupyter_mlops.pipelines.named import NamedPipeline


class Pipelining(Rooms):
    """Verbs on pipelines."""

    def pipeline(self, name: str) -> NamedPipeline:
        """The pipeline of that name in ``mlops.yaml``, or of a notebook whose cells are tagged
        ``step:NAME``: to `run`, or to `show` what would run and why.

        Raises:
            NotFound: there is none.
        """
        from jupyter_mlops.pipelines.named import NamedPipeline

        return NamedPipeline(name, self.store, self.config)

    def pipelines(self) -> list[PipelineSummary]:
        """The pipelines of ``mlops.yaml``, each with its steps, its last run, and why it cannot be run."""
        from jupyter_mlops.pipelines.recalled import summaries

        leases.have_settled(self.store)
        return summaries(self.store, self.config)

    def pipeline_run(self, run: str) -> PipelineRun:
        """A run of a pipeline with its steps, by whatever names it (see `Project.show`): as they are now
        while it goes on, whichever process is at it, else as they ended.

        Raises:
            NotFound: there is no such run, or it is none of a pipeline.
        """
        from jupyter_mlops.pipelines.recalled import recall

        leases.have_settled(self.store)
        return recall(self.store, find_run(self.store, run))
