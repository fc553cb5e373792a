"""What datasets, versions and tags may be called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.catalogue.names import check_name, check_tags, parted, plain_name
from jupyter_mlops.exceptions import UsageError


@given(st.text())
def test_of_any_text_a_name_is_made_that_will_do(text: str) -> None:
    name = plain_name(text)
    assert check_name(name) == plain_name(name) == name


@given(st.text().map(plain_name), st.integers(0, 999_999_999))
def test_a_label_is_read_as_it_was_made(name: str, number: int) -> None:
    assert parted(f"{name}@{number}") == (name, number)
    assert parted(name) == (name, None)


@pytest.mark.parametrize("name", ["", " ", "a@1", "it's", 'a"b', "a\nb", " a", "x" * 201, "a\\b"])
def test_a_name_that_could_be_misread_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        check_name(name)


def test_tags_are_those_that_mlflow_takes_and_none_of_ours() -> None:
    assert check_tags({"owner": "ana", "a/b.c-d:e f": ""}) == {"owner": "ana", "a/b.c-d:e f": ""}
    for name in ("", "mlops.kind", "mlflow.user", "a;b", "x" * 251):
        with pytest.raises(UsageError, match="a tag of a dataset"):
            check_tags({name: "x"})
