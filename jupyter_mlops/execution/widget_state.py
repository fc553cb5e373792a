"""Widgets of a headless run: their state for the saved notebook, and Output widgets that catch output."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from jupyter_mlops.execution.kernels import Kernel, Message

if TYPE_CHECKING:
    from nbclient.output_widget import OutputWidget

MIME = "application/vnd.jupyter.widget-state+json"


class Widgets:
    """Follows the kernel's widget messages, as a front end does."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.widget_state: dict[str, dict[str, Any]] = {}
        self._buffers: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {}
        self._catching: dict[str, list[OutputWidget]] = {}  # request -> widgets that catch its output
        self._objects: dict[str, OutputWidget] = {}

    def takes(self, message: Message) -> bool:
        """Take a message that is a widget's own, or that an Output widget catches; False for all others."""
        if message["msg_type"].startswith("comm"):
            self._comm(message)
            return True
        catching = self._catching.get(message["parent_header"].get("msg_id", ""))
        if not catching:
            return False
        if message["msg_type"] == "clear_output":
            catching[-1].clear_output([], message, 0)
            return True
        if message["msg_type"] in {"stream", "display_data", "execute_result", "error"}:
            catching[-1].output([], message, None, 0)
            return True
        return False

    def metadata(self) -> dict[str, Any]:
        """The ``widgets`` entry of the notebook's metadata; {} where there are no widgets."""
        states = {key: state for key, state in self.widget_state.items() if "_model_name" in state}
        if not states:
            return {}
        listed = {key: self._listed(key, state) for key, state in states.items()}
        return {"widgets": {MIME: {"state": listed, "version_major": 2, "version_minor": 0}}}

    # -- what nbclient's OutputWidget calls

    def register_output_hook(self, request: str, widget: OutputWidget) -> None:
        """From now on the widget catches the output of this request."""
        self._catching.setdefault(request, []).append(widget)

    def remove_output_hook(self, request: str, widget: OutputWidget) -> None:
        """It no longer does."""
        if widget in self._catching.get(request, []):
            self._catching[request].remove(widget)

    def _comm(self, message: Message) -> None:
        content = message["content"]
        data, key = content.get("data") or {}, content["comm_id"]
        state = data.get("state")
        if isinstance(state, dict):
            self.widget_state.setdefault(key, {}).update(state)
            for path, buffer in zip(data.get("buffer_paths") or (), message["buffers"], strict=False):
                place = tuple(map(str, path))
                encoded = base64.b64encode(bytes(buffer)).decode()
                entry = {"data": encoded, "encoding": "base64", "path": list(path)}
                self._buffers.setdefault(key, {})[place] = entry
        if message["msg_type"] == "comm_open" and isinstance(state, dict):
            if state.get("_model_module") == "@jupyter-widgets/output":
                self._objects[key] = self._output_widget(key, state)
        elif message["msg_type"] == "comm_msg" and key in self._objects:
            self._objects[key].handle_msg(message)

    def _output_widget(self, key: str, state: dict[str, Any]) -> OutputWidget:
        from jupyter_mlops.execution import lean_nbformat  # noqa: F401 - before nbclient imports nbformat

        # isort: split
        from nbclient.output_widget import OutputWidget

        return OutputWidget(key, {"outputs": [], **state}, self.kernel.client, self)

    def _listed(self, key: str, state: dict[str, Any]) -> dict[str, Any]:
        listed = {
            "model_name": state.get("_model_name"),
            "model_module": state.get("_model_module"),
            "model_module_version": state.get("_model_module_version"),
            "state": state,
        }
        buffers = self._buffers.get(key)
        return {**listed, "buffers": list(buffers.values())} if buffers else listed
