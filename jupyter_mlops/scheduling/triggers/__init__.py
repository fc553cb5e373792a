"""What a schedule waits for other than a time: looks are compared with what fired last."""

from jupyter_mlops.scheduling.triggers.probed import Events, Fired, Happened, Memory, Probed, Window
from jupyter_mlops.scheduling.triggers.probing import Looks, probe, waits

__all__ = ["Events", "Fired", "Happened", "Looks", "Memory", "Probed", "Window", "probe", "waits"]
