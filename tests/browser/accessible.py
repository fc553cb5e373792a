"""Faults of accessibility in what is ours of a page, as axe finds them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jupyter_mlops
from tests.browser.legible import FAINT

AXE = Path(jupyter_mlops.__file__).parents[1] / "labextension/node_modules/axe-core/axe.min.js"
_SHOWN = """[...document.querySelectorAll('.jp-MLOps, .jp-MLOps-form, .jp-MLOps-badge, .jp-MLOps-popover')]
  .filter(one => one.checkVisibility())"""
# what is in a frame, such as an output, is not ours
_FAULTS = f"""async () => {{
  const found = await axe.run({{include: {_SHOWN}}}, {{iframes: false, resultTypes: ['violations']}});
  return found.violations
    .filter(({{impact}}) => impact === 'serious' || impact === 'critical')
    .map(({{id, help, nodes}}) => [id, help, ...nodes.map(node => node.html.slice(0, 150))].join(' | '));
}}"""
# axe looks at the contrast of little that scrolls
_FAINT = f"() => {_SHOWN}.flatMap({FAINT}).map(([ratio, text]) => `${{ratio.toFixed(1)}}: ${{text}}`)"


def is_there() -> bool:
    """Whether axe was installed with what the extension is built of; on CI it is."""
    assert AXE.is_file() or not os.environ.get("CI"), "no axe-core: jlpm install brings it"
    return AXE.is_file()


def faults(page: Any) -> list[str]:
    """The serious and the critical ones of all that is ours and that is shown, in words, and texts that are
    too faint."""
    if not page.evaluate("'axe' in window"):
        # not as a script element: JupyterLab's pages may take none, and axe is no AMD module
        page.evaluate(
            f"(() => {{ const define = undefined, module = undefined; {AXE.read_text('utf-8')} }})()"
        )
    found: list[str] = page.evaluate(_FAULTS) + page.evaluate(_FAINT)
    return found
