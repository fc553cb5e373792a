"""`card`: all that is known of a model version, for people."""

from __future__ import annotations

from jupyter_mlops.commands.command import Command

COMMANDS: tuple[Command, ...] = ()
