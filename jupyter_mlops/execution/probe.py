"""What a Python kernel is asked about itself, in words that any interpreter understands."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_mlops.provenance.packages import imported, installed


def _expression(source: str) -> str:
    """The source as one expression that gives its `result`; nothing stays in the notebook's namespace."""
    return f"(lambda space: (exec({source!r}, space), space['result'])[1])({{}})"


ABOUT = _expression("""
import json, os, platform, sys, sysconfig
standard = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib"))
result = json.dumps({
    "python": platform.python_version(),
    "platform": platform.platform(),
    "prefix": sys.prefix,
    "modules": sorted({name.partition(".")[0] for name in list(sys.modules)}),
    "files": sorted(
        file for file in {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        if isinstance(file, str) and not file.startswith(standard)
        and not {"site-packages", "dist-packages"} & set(file.replace(os.sep, "/").split("/"))
    ),
})
""")

# takes a second in an environment of some size, so only a kernel of another environment is asked this
PACKAGES = _expression("""
import json, sys
from importlib import metadata
tops = {name.partition(".")[0] for name in list(sys.modules)}
installed = {}
for found in metadata.distributions():
    name = found.metadata and found.metadata["Name"]
    if name:
        installed[name] = found.version
names = {n for top, ns in metadata.packages_distributions().items() if top in tops for n in ns}
result = json.dumps({
    "packages": {n: installed[n] for n in sorted(names) if n in installed},
    "installed": dict(sorted(installed.items())),
})
""")


def own_packages(about: dict[str, Any]) -> dict[str, Any] | None:
    """The packages of a kernel that runs in this very environment; None for any other."""
    if about.get("prefix") != sys.prefix:
        return None
    return {"packages": imported(about["modules"]), "installed": installed()}
