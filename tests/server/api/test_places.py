"""No name in a request leads out of the server's root."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.server.api.places import Places

OUT = [
    "..",
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "//etc/passwd",
    "a/..",
    "a\\..\\..",
    "..\\secret",
    "a\0",
    "leads-out",
    "leads-out/x",
    "a/leads-out-too",
    "x" * 3000,
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    base = tmp_path_factory.mktemp("places")
    (base / "secret" / "x").mkdir(parents=True)
    root = base / "root"
    (root / "a" / ".hidden").mkdir(parents=True)
    (root / "a" / "n.ipynb").write_text("{}")
    (root / "%2e%2e").mkdir()
    (root / "leads-out").symlink_to(base / "secret")
    (root / "a" / "leads-out-too").symlink_to("../../secret")
    (root / "leads-in").symlink_to(root / "a")
    (root / "to-hidden").symlink_to(root / "a" / ".hidden")
    (root / "loop").symlink_to("loop")
    (base / "by-link").symlink_to(root)
    return Places(base / "by-link")


@pytest.mark.parametrize("name", OUT)
@pytest.mark.parametrize("kind", ["path", "folder", "notebook", "project_root"])
def test_what_leads_out_is_refused(places: Places, name: str, kind: str) -> None:
    ask: Callable[[str], Path] = getattr(places, kind)
    with pytest.raises(Refused):
        ask(name)


@pytest.mark.parametrize("name", ["a/.hidden", ".mlops", "to-hidden", ".git/config", "a/.hidden/x"])
def test_what_is_hidden_is_not_there_unless_the_server_shows_it(places: Places, name: str) -> None:
    with pytest.raises(NotFound):
        places.path(name)
    Places(places.served, allow_hidden=True).path(name)


def test_a_link_to_itself_is_nothing(places: Places) -> None:
    for ask in (places.folder, places.project_root):
        with pytest.raises(NotFound):
            ask("loop/x")


def test_a_name_is_taken_as_it_is(places: Places) -> None:
    assert places.folder("%2e%2e") == places.served / "%2e%2e"  # not decoded again
    assert places.folder("leads-in") == places.folder("a/") == places.folder("./a") == places.served / "a"
    assert places.notebook("leads-in/n.ipynb") == places.served / "a" / "n.ipynb"
    assert places.path("") == places.served
    assert places.relative(places.served) == ""
    assert places.relative(places.served / "a" / ".hidden") == "a/.hidden"


@settings(max_examples=200)
@given(st.text(max_size=30) | st.lists(st.sampled_from([*OUT[:9], "a", ".", "", "%2e%2e"])).map("/".join))
def test_no_name_whatever_leads_out(places: Places, name: str) -> None:
    try:
        found = places.path(name)
    except Refused:
        return
    assert found.is_relative_to(places.served)


def test_the_project_is_the_nearest_that_is_marked_and_above_the_root_only_where_the_root_is_in_it(
    tmp_path: Path,
) -> None:
    served = tmp_path / "outer" / "served"
    (served / "inner" / "deep").mkdir(parents=True)
    (served / "plain").mkdir()
    places = Places(served)
    assert places.project_root("plain") == places.project_root("inner/deep") == served.resolve()
    (served / "inner" / "mlops.yaml").touch()
    assert places.project_root("inner/deep") == served.resolve() / "inner"
    (served.parent / ".git").mkdir()
    assert places.project_root("plain") == places.project_root("") == served.parent.resolve()
    assert places.relative(places.project_root("plain")) == ""
    (served / "mlops.yaml").touch()
    assert places.project_root("plain") == served.resolve()
