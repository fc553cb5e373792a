"""The promotion panel for viewers that run no widgets: HTML without script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlops.drawing.markup import Markup, data, joined, section, table, tag, verdict
from jupyter_mlops.drawing.pages import framed

VERSIONS = 50
ENTRIES = 20


def panel_html(overview: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    """One ``<div>``: the champion, the versions, the gates of the chosen one, the newest of the ledger."""
    return framed(
        overview["model"],
        _champion(overview),
        _versions(overview),
        section(f"Gates of version {detail['version']}", _gates(detail)),
        section("History", _ledger(overview["history"]["entries"])),
    )


def champion_text(overview: Mapping[str, Any]) -> str:
    """Which version the alias points at, since when, and by whom."""
    champion, alias = overview["champion"], overview["alias"]
    if not champion["version"]:
        return f"no version is the {alias} yet"
    if not champion["known"]:
        return f"{alias}: version {champion['version']}; the ledger does not tell who made it so"
    by_override = " by override," if champion["red"] else ""
    return (
        f"{alias}: version {champion['version']},{by_override} {champion['how']} {champion['since']} "
        f"by {champion['who']}"
    )


def _champion(overview: Mapping[str, Any]) -> Markup:
    champion = overview["champion"]
    kind = "bad" if champion["red"] else "good" if champion["version"] else "plain"
    return verdict("⚠" if champion["red"] else "★", kind, champion_text(overview))


def _versions(overview: Mapping[str, Any]) -> Markup:
    metrics = overview["metrics"]
    rows = [
        [
            version["version"],
            data(", ".join(version["aliases"])),
            f"{version['gates']['sign']} {version['gates']['text']}".strip(),
            *(" ".join(filter(None, (m["text"], m["difference"], m["word"]))) for m in version["metrics"]),
            version["created"],
            data(version["author"]),
        ]
        for version in overview["versions"][:VERSIONS]
    ]
    heads = ["version", "aliases", "gates", *metrics, "created (UTC)", "author"]
    return table(heads, rows, numbers=range(3, 3 + len(metrics)))


def _gates(detail: Mapping[str, Any]) -> Markup:
    rows = [
        [
            joined(tag("span", gate["sign"], kind=f"sign {gate['kind']}"), " ", gate["state"]),
            joined(data(gate["name"], 200), " (implied)" if gate["implied"] else ""),
            data(gate["message"], 300),
        ]
        for gate in detail["gates"]
    ]
    return table(["state", "gate", ""], rows)


def _ledger(entries: list[Mapping[str, Any]]) -> Markup:
    rows = [
        [
            str(entry["number"]),
            entry["when"],
            tag("span", f"⚠ {entry['action']}", kind="sign bad") if entry["red"] else entry["action"],
            entry["version"],
            data(entry["who"], 80),
            data(entry["reason"], 200),
        ]
        for entry in entries[:ENTRIES]
    ]
    return table(["#", "when (UTC)", "action", "version", "who", "reason"], rows)
