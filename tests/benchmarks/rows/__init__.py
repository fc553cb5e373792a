"""The rows of the table of speed, one module a room; each has ``measure(short)``."""
