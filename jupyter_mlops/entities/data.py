"""Datasets: what is known of a version, what separates two, and where one leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field

from jupyter_mlops.entities.base import Entity

FILE_DIGEST = "xxh:"  # begins the digest of a file or folder; before there was that mark it was blake2b


class DatasetVersion(Entity):
    """Named data with one content digest over all rows and columns. Digests of files and folders begin with
    ``xxh:``; one that does compares only with another that does.

    `rows` is None where rows have no meaning (an image); those of a folder are its files. `schema_` maps
    columns to dtypes. `number` counts the dataset's versions from 1; None of one that is not in the
    catalogue. Where it is not `ordered` the digest does not depend on the order of rows; `key` are the
    columns that tell rows apart. `size` is in bytes, of what has one. `wrote` tells, of a version that a
    run links, that the run made it.
    """

    name: str
    digest: str
    rows: int | None
    schema_: Mapping[str, str] = Field(default_factory=dict, alias="schema")
    source: str = ""
    source_type: str = "local"
    context: str | None = None
    tags: Mapping[str, str] = Field(default_factory=dict)
    number: int | None = None
    key: tuple[str, ...] = ()
    ordered: bool = True
    size: int | None = None
    created: datetime | None = None
    wrote: bool = False

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def label(self) -> str:
        """``NAME@NUMBER``, or the name alone of one that is not in the catalogue."""
        return self.name if self.number is None else f"{self.name}@{self.number}"


class ColumnKind(StrEnum):
    """What the values of a column are, and so how they are described and compared."""

    NUMBER = "number"
    TIME = "time"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    TEXT = "text"  # so many different ones that counting each tells nothing
    OTHER = "other"


class Histogram(Entity):
    """How many values lie between each two of the `edges`, which are one more than the `counts`. Times are
    seconds since 1970, UTC."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class ColumnProfile(Entity):
    """What the values of one column are like.

    `count` values are there, `missing` are not; `distinct` is None where they are too many to be counted.
    `minimum` and `maximum` are texts as a person reads them; `quantiles` maps "0.25" to a value. `top` holds
    the most frequent values with how often each occurs.
    """

    name: str
    dtype: str
    kind: ColumnKind
    count: int
    missing: int = 0
    distinct: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: Mapping[str, float] = Field(default_factory=dict)
    top: tuple[tuple[str, int], ...] = ()
    histogram: Histogram | None = None


class Profile(Entity):
    """Statistics of each column. Counts, minimum, maximum, mean and standard deviation are of all rows;
    quantiles, histograms and most frequent values of `sampled` rows where that is given."""

    rows: int
    columns: tuple[ColumnProfile, ...] = ()
    sampled: int | None = None


class DatasetUse(Entity):
    """One run that read or wrote a dataset version; `named` is another name by which it knew them."""

    run_id: str
    name: str
    context: str | None = None
    wrote: bool = False
    started: datetime | None = None
    named: str = ""


class DatasetDetails(Entity):
    """All that is known of one dataset version. `content` tells where its content can still be had;
    it is `gone` where there is neither a copy nor a source that holds it."""

    version: DatasetVersion
    profile: Profile | None = None
    uses: tuple[DatasetUse, ...] = ()
    content: str | None = None
    gone: bool = False


class LineageNode(Entity):
    """A dataset version, a run or a model version. `key` is unique: ``NAME@NUMBER``, the run's id,
    ``NAME@VERSION`` after ``model:``."""

    key: str
    kind: Literal["dataset", "run", "model"]
    name: str
    detail: str = ""


class LineageLink(Entity):
    """Something led to something: `source` and `target` are keys of nodes, `label` tells how, such as
    ``read as training``, ``wrote``, ``made``."""

    source: str
    target: str
    label: str


class Lineage(Entity):
    """What led to the node `start`, and what came of it."""

    start: str
    nodes: tuple[LineageNode, ...] = ()
    links: tuple[LineageLink, ...] = ()


class Shift(Entity):
    """How far the values of a column on the one side lie from those on the other.

    `measure` names the statistic that `effect` is: ``normed Wasserstein`` (distance over the reference's
    standard deviation) for numbers and times, ``Jensen-Shannon`` (distance, base 2, 0 to 1) for categories.
    `statistics` holds the others by name: ``psi``, ``ks``, ``chi_square``, ``missing`` (difference of the
    missing rates). `p_value` is of the matching test, where there are enough values.
    """

    measure: str
    effect: float
    p_value: float | None = None
    statistics: Mapping[str, float] = Field(default_factory=dict)
    size: Literal["none", "small", "medium", "large"] = "none"


class ColumnDiff(Entity):
    """What became of one column. `changed` counts the rows, matched by key or place, with another value;
    None where rows cannot be matched."""

    name: str
    change: Literal["same", "changed", "added", "dropped", "retyped"]
    left_dtype: str | None = None
    right_dtype: str | None = None
    changed: int | None = None
    shift: Shift | None = None
    left: ColumnProfile | None = None
    right: ColumnProfile | None = None


class RowDiff(Entity):
    """One row that differs, as an example: its key, or place counted from 1, and for each column the value
    on either side."""

    change: Literal["added", "removed", "changed"]
    key: Mapping[str, str]
    left: Mapping[str, str] = Field(default_factory=dict)
    right: Mapping[str, str] = Field(default_factory=dict)


class DataDiff(Entity):
    """What separates two dataset versions. Rows are matched by the columns `key`; without, a row counts as
    the same if all its values are. `changed` is None where there is no key."""

    left: str
    right: str
    identical: bool
    left_rows: int | None = None
    right_rows: int | None = None
    key: tuple[str, ...] = ()
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    reordered: bool = False
    columns: tuple[ColumnDiff, ...] = ()
    examples: tuple[RowDiff, ...] = ()
    notes: tuple[str, ...] = ()


class ImpactVersion(Entity):
    """A dataset version and the metric of the runs built on it: `mean` with its 95 % interval."""

    version: DatasetVersion
    runs: tuple[str, ...] = ()
    mean: float | None = None
    low: float | None = None
    high: float | None = None


class ImpactDifference(Entity):
    """What going from one version to another did to the metric: `difference` with its 95 % interval, from
    `pairs` of runs with the same parameters, or where there are none from all runs of either."""

    left: str
    right: str
    pairs: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = ""


class Impact(Entity):
    """What each version of a dataset did to a metric."""

    dataset: str
    metric: str
    versions: tuple[ImpactVersion, ...] = ()
    differences: tuple[ImpactDifference, ...] = ()
