"""The plots of reports, each an ``<svg>`` element that needs neither script nor style sheet."""

from jupyter_mlops.drawing.histograms import categories_svg, histograms_svg, sparkline_svg
from jupyter_mlops.drawing.intervals import Interval, importances_svg, intervals_svg
from jupyter_mlops.drawing.series import Point, series_svg

__all__ = [
    "Interval",
    "Point",
    "categories_svg",
    "histograms_svg",
    "importances_svg",
    "intervals_svg",
    "series_svg",
    "sparkline_svg",
]
