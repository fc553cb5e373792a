"""Where a run's kernel comes from: started ahead, forked from a warm process, or new."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops.execution import forkserver, launch
from jupyter_mlops.execution.client import CellClient
from jupyter_mlops.execution.kernels import Kernel
from jupyter_mlops.execution.launch import Launched
from jupyter_mlops.execution.plan import Plan

log = logging.getLogger("jupyter_mlops")


def ahead(kernel: Kernel, planned: Plan, cwd: Path) -> Launched | None:
    """The kernel that was started before all this was imported; None where there is none. Not with
    secrets: what an IPython startup file logs must be redacted from the first word on."""
    found = launch.claim(kernel.plain, cwd) if kernel.plain is not None else None
    if found is not None and planned.secrets():
        found.close()
        return None
    if found is not None:
        log.info("%s: a kernel that was started ahead", planned.name)
    return found


def warm(
    client: CellClient, planned: Plan, *, cwd: Path, environment: Mapping[str, str], output: int
) -> Launched | None:
    """A kernel forked from a process that has imported what the notebook does; None where one has to be
    started anew, which is said to whoever wants to hear it. It writes to the descriptor `output`."""
    if planned.cold:
        return None
    try:
        if planned.secrets():  # what hides them looks for them when it is imported
            raise forkserver.CannotFork("it is given secrets")
        found = forkserver.fork(
            client.kernel.plain,
            planned.notebook,
            cwd=cwd,
            environment=environment,
            log=output,
            more_to_come=planned.more_to_come,
            cancelled=lambda: client.cancelled,
        )
    except forkserver.CannotFork as reason:
        log.info("%s: a new kernel, not a forked one: %s", planned.name, reason)
        return None
    log.info("%s: a kernel forked from a warm process", planned.name)
    return found
