"""`schedule`: what runs by itself, and when."""

from __future__ import annotations

from jupyter_mlops.commands.command import Command

COMMANDS: tuple[Command, ...] = ()
