"""`reproduce`: run it again; are the numbers the same?"""

from __future__ import annotations

from jupyter_mlops.commands.command import Command

COMMANDS: tuple[Command, ...] = ()
