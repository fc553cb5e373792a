"""What is known of data as HTML: a version with its profile, and what each version did to a metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupyter_mlops.drawing.markup import (
    Markup,
    between,
    count,
    data,
    facts,
    joined,
    more,
    plot,
    section,
    table,
    tag,
    verdict,
)
from jupyter_mlops.drawing.plots import (
    Interval,
    intervals_svg,
    sparkline_svg,
)
from jupyter_mlops.drawing.scales import percent, short, signed
from jupyter_mlops.drawing.table import size_text
from jupyter_mlops.entities import (
    ColumnProfile,
    DatasetDetails,
    DatasetUse,
    DatasetVersion,
    Impact,
    Profile,
)

COLUMNS = 100  # shown at most
_PROFILE_HEADS = (
    *("column", "kind", "dtype", "distribution", "missing", "distinct"),
    *("minimum", "mean", "std", "maximum", "most frequent"),
)


def details_html(details: DatasetDetails, plots: int) -> Markup:
    """All that is known of one version."""
    version, profile = details.version, details.profile
    uses = details.uses[:COLUMNS]
    content = details.content or ("gone" if details.gone else "")
    return joined(
        facts([*version_facts(version), ("content", data(content, 200) if content else "")]),
        profile_html(profile, plots) if profile else section("Columns", _schema(version)),
        section("Used by", _uses(uses), more(len(uses), len(details.uses), "run")),
    )


def version_facts(version: DatasetVersion) -> list[tuple[str, Markup | str]]:
    """What a version is."""
    return [
        ("rows", "" if version.rows is None else f"{version.rows:,}"),
        ("columns", f"{len(version.schema_):,}" if version.schema_ else ""),
        ("size", "" if version.size is None else size_text(version.size)),
        ("digest", data(version.digest, 80)),
        ("source", data(version.source, 200) if version.source else ""),
        ("key", joined(*between(", ", [data(name) for name in version.key]))),
        ("order of rows", "" if version.ordered else "does not matter"),
        ("created", f"{version.created:%Y-%m-%d %H:%M}" if version.created else ""),
        *((name, data(value, 200)) for name, value in version.tags.items()),
    ]


def profile_html(profile: Profile, plots: int) -> Markup:
    """Statistics of each column, with its distribution small enough for a row."""
    shown = profile.columns[:COLUMNS]
    sampled = ""
    if profile.sampled:
        sampled = f"quantiles and distributions of {count(profile.sampled, 'sampled row')}"
    rows = [
        (
            data(column.name),
            column.kind.value,
            column.dtype,
            Markup(profile_sparkline(column)) if place < max(plots, 20) else "",
            missing_share(column),
            distinct_text(column),
            data(column.minimum or "", 24) if column.minimum else "",
            short(column.mean),
            short(column.std),
            data(column.maximum or "", 24) if column.maximum else "",
            joined(*between(", ", [data(value, 16) for value, number in column.top[:3] if number > 1])),
        )
        for place, column in enumerate(shown)
    ]
    return section(
        f"Columns of {count(profile.rows, 'row')}",
        tag("p", sampled, kind="quiet") if sampled else "",
        table(_PROFILE_HEADS, rows, numbers=(4, 5, 6, 7, 8, 9)),
        more(len(shown), len(profile.columns), "column"),
    )


def profile_sparkline(column: ColumnProfile) -> str:
    """The distribution of its values; of categories the most frequent ones."""
    if column.histogram is not None:
        return sparkline_svg(column.name, column.histogram.counts, f"{column.count:,} values")
    told = ", ".join(f"{value} {number:,}" for value, number in column.top[:5])
    return sparkline_svg(column.name, [number for _, number in column.top[:20]], told)


def impact_html(impact: Impact, plots: int) -> Markup:
    """What each version of a dataset did to a metric."""
    versions = [
        (
            data(found.version.label),
            "" if found.version.rows is None else f"{found.version.rows:,}",
            f"{len(found.runs):,}",
            short(found.mean),
            _interval(found.low, found.high, short),
        )
        for found in impact.versions
    ]
    differences = [
        (
            joined(data(one.left), " → ", data(one.right)),
            f"{one.pairs:,}",
            signed(one.difference),
            _interval(one.low, one.high, signed),
            one.verdict,
        )
        for one in impact.differences
    ]
    means = [Interval(v.version.label, v.mean, v.low, v.high) for v in impact.versions[:COLUMNS]]
    steps = [
        Interval(f"{one.left} → {one.right}", one.difference, one.low, one.high)
        for one in impact.differences[:COLUMNS]
    ]
    last = impact.differences[-1].verdict if impact.differences else "there are no two versions to compare"
    version_heads = ("version", "rows", "runs", "mean", "95 % interval")
    difference_heads = ("versions", "pairs", "difference", "95 % interval", "verdict")
    return joined(
        verdict("Δ", "plain", last),
        section(
            f"{impact.metric} by version",
            table(version_heads, versions[:COLUMNS], numbers=(1, 2, 3)),
            plot(intervals_svg(f"{impact.metric} by version", means, axis=impact.metric, around_zero=False)),
        ),
        section(
            "From version to version",
            table(difference_heads, differences[:COLUMNS], numbers=(1, 2)),
            plot(intervals_svg("Differences", steps, axis=f"difference of {impact.metric}")),
        ),
    )


def _uses(uses: Sequence[DatasetUse]) -> Markup:
    rows = [
        (
            data(use.name),
            use.run_id[:8],
            "wrote" if use.wrote else f"read as {use.context}" if use.context else "read",
            f"{use.started:%Y-%m-%d %H:%M}" if use.started else "",
        )
        for use in uses
    ]
    return table(("run", "id", "how", "when"), rows)


def _schema(version: DatasetVersion) -> Markup:
    named = list(version.schema_.items())
    rows = [(data(name), dtype) for name, dtype in named[:COLUMNS]]
    return joined(table(("column", "dtype"), rows), more(len(rows), len(named), "column"))


def missing_share(profile: ColumnProfile | None) -> str:
    """Of all its rows, in per cent."""
    if profile is None:
        return ""
    every = profile.count + profile.missing
    return percent(profile.missing / every) if every else "–"


def distinct_text(profile: ColumnProfile | None) -> str:
    """How many different values, where that was counted."""
    return "" if profile is None or profile.distinct is None else f"{profile.distinct:,}"


def _interval(low: float | None, high: float | None, say: Callable[[float | None], str]) -> str:
    if low is None or high is None:
        return ""
    return f"{say(low)} to {say(high)}"
