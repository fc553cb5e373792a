"""Notebook-first MLOps for Jupyter: track, parameterise, run headless, register, promote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlops.project import Project, load_model

__version__ = "0.1.0"

__all__ = ["Project", "__version__", "load_ipython_extension", "load_model", "unload_ipython_extension"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `import jupyter_mlops` and `%load_ext` stay light.
    if name in {"Project", "load_model"}:
        from jupyter_mlops import project

        return getattr(project, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Called by ``%load_ext jupyter_mlops``: registers `%track`, `%params`, `%runs`, `%promote`,
    `%schedules`, `%watch` and `%mlops`."""
    from jupyter_mlops.magics import register

    register(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Called by ``%unload_ext jupyter_mlops``: ends a tracked session and removes its hooks."""
    from jupyter_mlops.magics import unregister

    unregister(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Read by `jupyter-builder develop`, which links the built JupyterLab extension."""
    return [{"src": "labextension", "dest": "jupyter-mlops"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "jupyter_mlops"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Called by Jupyter's server when it starts (``etc/jupyter_mlops.json`` says that it is to)."""
    from jupyter_mlops.server import load

    load(server)
