"""Widgets for a notebook's output area: the parameters form and the table of runs."""
