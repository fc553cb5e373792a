"""A pipeline's steps and what follows on what, drawn: for a terminal, and as SVG.

The libraries that lay graphs out are under a licence that ours cannot take, bring networkx or a compiled
part, or draw merged lines that cannot be told apart; layers and barycentres are a page of code.
"""

from jupyter_mlops.drawing.nodes import DONE, ICONS, STYLES, Node, clean, duration, fold, folded
from jupyter_mlops.drawing.svg import MOST, as_svg, css_class, shortened
from jupyter_mlops.drawing.table import as_html, as_table, metrics_text, size_text, summary, telling
from jupyter_mlops.drawing.text import Line, as_text, plain

__all__ = [
    "DONE",
    "ICONS",
    "MOST",
    "STYLES",
    "Line",
    "Node",
    "as_html",
    "as_svg",
    "as_table",
    "as_text",
    "clean",
    "css_class",
    "duration",
    "fold",
    "folded",
    "metrics_text",
    "plain",
    "shortened",
    "size_text",
    "summary",
    "telling",
]
