"""What our widgets share: a module and a style put together of files, and what is shown without widgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget


class Widget(anywidget.AnyWidget):
    """A widget that viewers which run no widgets show in another form."""

    def _without_widgets(self) -> dict[str, str]:
        """That form, or several, by MIME type."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, **self._without_widgets()}, metadata


def read(*names: str) -> str:
    """These files beside this one as one: anywidget loads exactly one module."""
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)
