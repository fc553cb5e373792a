"""What jupyter-scheduler runs a job with here: the work of a slot, without a kernel. See `schedulers`."""

from __future__ import annotations

from jupyter_scheduler.executors import ExecutionManager

from tests.benchmarks.schedulers import run


class Manager(ExecutionManager):
    """Does what the workers of the others do."""

    def execute(self) -> None:
        """The job's name is the schedule's."""
        run(self.root_dir, self.model.name)

    @classmethod
    def supported_features(cls) -> dict[object, bool]:
        """None of them is used."""
        return {}

    def validate(self, input_path: str) -> bool:
        """Any notebook will do."""
        return True
