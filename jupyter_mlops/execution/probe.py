"""What a Python kernel is asked about itself, in words that any interpreter understands."""

from __future__ import annotations

_SOURCE = """
import json, platform, sys
from importlib import metadata
tops = {name.partition(".")[0] for name in list(sys.modules)}
installed = {}
for found in metadata.distributions():
    name = found.metadata and found.metadata["Name"]
    if name:
        installed[name] = found.version
names = {n for top, ns in metadata.packages_distributions().items() if top in tops for n in ns}
result = json.dumps({
    "python": platform.python_version(),
    "platform": platform.platform(),
    "packages": {n: installed[n] for n in sorted(names) if n in installed},
    "installed": dict(sorted(installed.items())),
})
"""

# an expression, so that nothing of it stays in the notebook's namespace
PROBE = f"(lambda space: (exec({_SOURCE!r}, space), space['result'])[1])({{}})"
