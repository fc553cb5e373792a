"""A gate on data: whether they are as their schema says."""

from __future__ import annotations

from jupyter_mlops.checks.data import check_data, schema_path
from jupyter_mlops.entities import Gate
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.promotion.context import Context, Verdict
from jupyter_mlops.promotion.judges.keys import key_of, keyed
from jupyter_mlops.promotion.judges.opened import located, open_named
from jupyter_mlops.promotion.judges.options import DataOptions, options_of
from jupyter_mlops.promotion.judges.reported import verdict_of


def judge_data(gate: Gate, context: Context) -> Verdict:
    """Hold the data against their schema, by default ``checks/NAME.yaml``; recorded as a run that read them.

    Raises:
        NotFound: there are no such data, or there is no schema.
        ConfigError: the schema is broken.
        Refused: the data cannot be read.
    """
    options = options_of(gate, DataOptions)
    schema = None if options.schema_ is None else context.store.root / options.schema_
    if schema is not None and not schema.is_file():
        raise NotFound(f"there is no schema {options.schema_}", hint="paths are from the project's root")
    what = located(context, options.dataset)
    digest = open_named(context, options.dataset).version.digest
    report = check_data(context.store, context.config, what, schema)
    return verdict_of(report, digest=digest)


@keyed
def key_data(gate: Gate, context: Context) -> str:
    """Over the content of the data and the text of the schema."""
    options = options_of(gate, DataOptions)
    name = open_named(context, options.dataset).version.name
    given = options.schema_
    path = schema_path(context.store, name) if given is None else context.store.root / given
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return key_of(gate, context, data=(options.dataset,), schema=text)
