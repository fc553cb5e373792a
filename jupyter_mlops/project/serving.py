"""Verbs that answer requests."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_mlops.project.rooms import Rooms


class Serving(Rooms):
    """Verbs that answer requests."""

    def serve(
        self,
        model: str,
        *,
        host: str = "127.0.0.1",
        port: int = 5001,
        record: bool = False,
        sample: float = 1.0,
        poll: float = 2.0,
        expose: bool = False,
        report: Callable[[str], None] = lambda line: None,
    ) -> int:
        """Serve a model over HTTP by MLflow's own scoring server, until a signal comes; the signal's number.

        Where the alias moves, the new version's server answers before the old one goes: no request fails.

        Args:
            model: ``NAME@ALIAS``, which is followed, as ``NAME``, the newest, is; or ``NAME@VERSION``.
            host: where to listen. One that others can reach needs `expose`: there is no authentication.
            port: 0 takes a free one, which `report` is told.
            record: keep what was asked and answered, as the dataset ``NAME-requests``.
            sample: the share of requests that is recorded, above 0 and at most 1.
            poll: seconds between two looks at the alias.
            expose: listen where others can reach it, and whatever name they call it by.
            report: told in a line where it answers, and what changes.

        Raises:
            NotFound: no such model, version or alias.
            Refused: the version is no model or cannot be started; the address cannot be had.
        """
        from jupyter_mlops.serving.server.serving import ServeOptions, serve

        self.settle(model)
        options = ServeOptions(host, port, record, sample, poll, expose)
        return serve(self.store, self.config, model, options, report)
