"""The parameters cell as a typed form."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from jupyter_mlops.entities import Parameter
from jupyter_mlops.exceptions import MLOpsError, ParameterError
from jupyter_mlops.widgets.fields import make_field

_LONGEST_LABEL = 24  # characters
_EMPTY = (
    "This notebook has no parameters. Tag a cell <code>parameters</code> (property inspector, gear icon at "
    "the top right), assign defaults in it such as <code>C: float = 1.0</code>, save, and run "
    "<code>%params</code> again."
)


class ParameterForm(ipywidgets.VBox):
    """One field per parameter, by its declared type, with the buttons Apply and Reset.

    `values` are those the kernel holds; a name that is not among them shows its default. Apply checks
    every field that was edited and hands the changed ones to `apply` as ``{name: value}``; where a value
    does not fit, its field says why and nothing is applied. Reset fills in the cell's defaults.
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        values: Mapping[str, Any],
        apply: Callable[[dict[str, Any]], None],
    ) -> None:
        width = min(max((len(parameter.name) for parameter in parameters), default=0), _LONGEST_LABEL) + 2
        self.fields = {
            parameter.name: make_field(parameter, values, label_width=width) for parameter in parameters
        }
        self.message = ipywidgets.HTML()
        self._apply = apply
        super().__init__(self._rows() if self.fields else [ipywidgets.HTML(_EMPTY)])
        self.add_class("jp-mlops-params")

    def _rows(self) -> list[ipywidgets.Widget]:
        self.apply_button = ipywidgets.Button(
            description="Apply", button_style="primary", tooltip="Set the changed values in the kernel"
        )
        self.reset_button = ipywidgets.Button(
            description="Reset", tooltip="Fill in the defaults of the parameters cell"
        )
        self.apply_button.on_click(lambda _button: self.apply())
        self.reset_button.on_click(lambda _button: self.reset())
        for field in self.fields.values():
            field.control.observe(self._touched, "value")
        buttons = ipywidgets.HBox([self.apply_button, self.reset_button, self.message])
        buttons.layout.flex_flow = "row wrap"
        return [*(field.row for field in self.fields.values()), buttons]

    def apply(self) -> None:
        """What the Apply button does."""
        changed: dict[str, Any] = {}
        misfit = False
        for name, field in self.fields.items():
            field.complain("")
            if not field.edited:
                continue
            try:
                changed[name] = field.read()
            except ParameterError as error:
                field.complain(_told(error))
                misfit = True
        if misfit:
            self._say("nothing applied", alert=True)
        elif not changed:
            self._say("nothing changed")
        else:
            self._hand_over(changed)

    def reset(self) -> None:
        """What the Reset button does: the defaults are shown, and used once Apply is pressed."""
        kept = [name for name, field in self.fields.items() if not field.reset()]
        edited = any(field.edited for field in self.fields.values())
        told = "defaults filled in; Apply uses them" if edited else "these are the defaults"
        self._say(f"{told} (left as they are: {', '.join(kept)})" if kept else told)

    def _hand_over(self, changed: dict[str, Any]) -> None:
        try:
            self._apply(changed)
        except Exception as error:  # a button has no caller to raise to: the form must tell
            self._say(f"nothing applied: {_told(error)}", alert=True)
            return
        told = ", ".join(f"{name}={self.fields[name].shown(value)}" for name, value in changed.items())
        for name in changed:
            self.fields[name].settle()
        self._say(f"applied: {told}")

    def _touched(self, _change: Any) -> None:
        # While the kernel is busy a press of Apply can overtake an edit: never leave "applied" standing then.
        edited = [name for name, field in self.fields.items() if field.edited]
        self._say(f"not applied yet: {', '.join(edited)}" if edited else "")

    def _say(self, text: str, *, alert: bool = False) -> None:
        role, colour = ("alert", "--jp-error-color1") if alert else ("status", "--jp-ui-font-color1")
        self.message.value = f'<span role="{role}" style="color: var({colour})">{html.escape(text)}</span>'

    def __repr__(self) -> str:
        return f"ParameterForm({', '.join(f'{name}={field.text}' for name, field in self.fields.items())})"


def _told(error: Exception) -> str:
    hint = error.hint if isinstance(error, MLOpsError) else None
    return f"{error} ({hint})" if hint else str(error) or type(error).__name__
