"""The plots of reports, each an ``<svg>`` element that needs neither script nor style sheet."""

from jupyter_mlops.drawing.histograms import categories_svg, histograms_svg, sparkline_svg
from jupyter_mlops.drawing.intervals import Interval, importances_svg, intervals_svg

__all__ = [
    "Interval",
    "categories_svg",
    "histograms_svg",
    "importances_svg",
    "intervals_svg",
    "sparkline_svg",
]
