"""What is told of a model version in its description, section by section."""

from __future__ import annotations

import re

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.tracking.store import Store

MOST = 5000  # characters that MLflow's database holds


def set_section(store: Store, version: ModelVersion, title: str, text: str) -> bool:
    """Put a section into the version's description, in the place of the one with that title if there is one;
    whether there was room. What a person wrote around it stays.

    Args:
        store: the project's store.
        version: the model version.
        title: heads the section.
        text: its Markdown, without headings of that level.
    """
    client = store.client()
    before = client.get_model_version(version.name, version.version).description or ""
    after = with_section(before, title, text)
    if len(after) > MOST:
        return False
    if after != before:
        client.update_model_version(version.name, version.version, description=after)
    return True


def with_section(description: str, title: str, text: str) -> str:
    """The Markdown with that section, in the place of the one that it had or at its end."""
    section = f"## {title}\n\n{text.strip()}\n"
    old = re.compile(rf"^## {re.escape(title)}[ \t]*\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    if old.search(description):
        found = old.sub(lambda _: f"{section}\n", description, count=1)
        return found.rstrip("\n") + "\n"
    return f"{description.rstrip()}\n\n{section}" if description.strip() else section


def set_version_tag(store: Store, version: ModelVersion, key: str, value: str) -> None:
    """Set a tag of the model version."""
    store.client().set_model_version_tag(version.name, version.version, key, value)
