"""Lineage as two trees of text: what led to the start, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.entities import Lineage, LineageLink, LineageNode
from jupyter_mlops.views.parts import escaped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree

_MOST = 20  # branches of one node
_STYLES = {"dataset": "cyan", "run": "none", "model": "bold magenta"}

_Links = Mapping[str, Sequence[LineageLink]]


def show_lineage(console: Console, items: Sequence[Lineage]) -> None:
    """Print both trees of each."""
    from rich.tree import Tree

    for lineage in items:
        nodes = {node.key: node for node in lineage.nodes}
        before: dict[str, list[LineageLink]] = defaultdict(list)
        after: dict[str, list[LineageLink]] = defaultdict(list)
        for link in lineage.links:
            before[link.target].append(link)
            after[link.source].append(link)
        console.print(_title(nodes[lineage.start]))
        for title, links, back in (("came from", before, True), ("led to", after, False)):
            tree = Tree(title if links.get(lineage.start) else f"{title}: nothing that is known")
            _grow(tree, lineage.start, nodes, links, {lineage.start}, back=back)
            console.print(tree)


def _grow(
    tree: Tree, key: str, nodes: Mapping[str, LineageNode], links: _Links, shown: set[str], *, back: bool
) -> None:
    following = links.get(key, ())
    for link in following[:_MOST]:
        other = link.source if back else link.target
        again = other in shown
        branch = tree.add(
            f"[dim]{escaped(_word(link.label, back=back))}[/] {_title(nodes[other])}{' …' * again}"
        )
        if not again:
            shown.add(other)
            _grow(branch, other, nodes, links, shown, back=back)
    if len(following) > _MOST:
        tree.add(f"and {len(following) - _MOST:,} more")


def _word(label: str, *, back: bool) -> str:
    """The link as the tree has it, which backward goes from what was made to what made it."""
    if label.startswith("answered "):
        return f"{label.removeprefix('answered ')} answered by" if back else f"{label} in"
    if not back:
        return f"{label} by" if label.startswith("read") else label
    return {"made": "made by", "wrote": "written by", "part of": "with part"}.get(label, label)


def _title(node: LineageNode) -> str:
    run = f"run {node.key[:8]} {node.name}"
    name = {"dataset": node.key, "run": run, "model": f"model {node.name}"}[node.kind]
    detail = f"  [dim]{escaped(node.detail)}[/]" if node.detail else ""
    return f"[{_STYLES[node.kind]}]{escaped(name)}[/]{detail}"
