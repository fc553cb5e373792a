"""Sections on what a version was made of: data, parameters, environment, lineage."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.entities import CardSection, DatasetVersion, GitState, LineageNode
from jupyter_mlops.promotion.card.records import Records
from jupyter_mlops.promotion.card.sections import count, section
from jupyter_mlops.promotion.card.writing import MOST, Markdown, bullets, code, joined, table, text

_COLUMNS = 40  # of a schema
_SHORT = 8


def data(records: Records) -> CardSection:
    """The data that it was made of and checked on."""
    rows = [
        (
            code(use.version.label),
            use.context,
            f"{use.version.rows:,}" if use.version.rows is not None else "",
            joined((code(column) for column in use.version.key), ", "),
            _tags(use.version),
            code(use.version.digest),
        )
        for use in records.data
    ]
    schemas = {use.version.digest: use.version for use in records.data if use.version.schema_}
    return section(
        "data",
        table(("data", "used for", "rows", "key", "tags", "digest"), rows, numbers=(2,)),
        *(_schema(version) for version in schemas.values()),
        fill="%track data FILE --context training",
        why=records.why("run"),
    )


def _tags(version: DatasetVersion) -> Markdown:
    return joined((code(f"{key}={value}") for key, value in sorted(version.tags.items())), ", ")


def _schema(version: DatasetVersion) -> Markdown:
    columns = list(version.schema_.items())
    told = joined((joined((code(name), " ", kind)) for name, kind in columns[:_COLUMNS]), ", ")
    more = f" and {len(columns) - _COLUMNS} more" if len(columns) > _COLUMNS else ""
    return joined(("Columns of ", code(version.label), ": ", told, more))


def parameters(records: Records) -> CardSection:
    """What its run was given."""
    found = () if records.run is None else records.run.parameters
    rows = [(code(each.name), code(each.value), each.type) for each in found]
    return section(
        "parameters",
        table(("parameter", "value", "type"), rows),
        fill="tag a cell of the notebook 'parameters'",
        why=records.why("run"),
    )


def environment(records: Records) -> CardSection:
    """Where its run ran: code, packages, machine."""
    known = None if records.run is None else records.run.provenance
    fill = "jupyter mlops run NOTEBOOK --register MODEL"
    if known is None:
        return section("environment", fill=fill, why=records.why("run", "artifacts"))
    hardware = known.hardware
    rows = [
        ("notebook", code(known.notebook) if known.notebook else ""),
        ("notebook digest", code(known.notebook_digest) if known.notebook_digest else ""),
        ("git commit", _commit(known.git)),
        ("Python", known.python),
        ("platform", known.platform),
        ("machine", ", ".join([hardware.cpu, f"{hardware.cores} cores", *hardware.gpus])),
        ("memory", f"{hardware.memory / 2**30:.1f} GiB"),
        ("run by", known.user),
    ]
    packages = sorted(known.packages.items())
    told = joined((code(f"{name}=={version}") for name, version in packages[:MOST]), ", ")
    return section(
        "environment",
        table(("what", "value"), [row for row in rows if row[1]]),
        joined(("Packages that were imported: ", told)) if packages else "",
        fill=fill,
    )


def _commit(git: GitState | None) -> Markdown:
    if git is None or git.commit is None:
        return text("none")
    branch = joined((" on ", code(git.branch))) if git.branch else ""
    dirty = ", with changes that were not committed" if git.dirty else ", clean"
    return joined((code(git.commit), branch, dirty))


def lineage(records: Records) -> CardSection:
    """From data to the version, link by link."""
    return section(
        "lineage",
        bullets(list(_links(records))[:MOST]),
        fill="%track data FILE --context training",
        why=records.why("run", "lineage"),
    )


def _links(records: Records) -> Iterator[Markdown]:
    found = records.lineage
    if found is None or records.run is None:
        return
    nodes = {node.key: node for node in found.nodes}
    for link in reversed(found.links):
        source, target = _named(nodes[link.source]), _named(nodes[link.target])
        yield joined((source, " → ", target, f" ({link.label})"))


def _named(node: LineageNode) -> Markdown:
    if node.kind == "run":
        return joined(("run ", code(node.name), f" ({node.key[:_SHORT]})"))
    if node.kind == "model":
        return joined(("model ", code(node.name)))
    return joined((code(node.key), f", {node.detail}" if node.detail else ""))


def held(records: Records) -> Iterator[str]:
    """What the data imply for whoever uses the model."""
    for use in records.data:
        value = use.version.tags.get("pii", "")
        if value and value.lower() not in {"no", "false", "none", "0"}:
            yield f"{use.version.label} is tagged pii={value}: the model may have learned of persons"
    if records.run is not None and records.run.provenance is not None:
        git = records.run.provenance.git
        if git is not None and git.dirty:
            yield "its code is in no commit: files were changed when it was made"
    trained = [use for use in records.data if use.context in {"training", "train"}]
    if records.run is not None and not trained:
        yield "it is not recorded what it was trained on"
    for use in trained:
        if use.version.rows is not None:
            yield f"it learned from {count(use.version.rows, 'row')}, those of {use.version.label}"
