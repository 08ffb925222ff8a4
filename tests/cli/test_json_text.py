"""JSON on stdout: any value comes back equal, and nothing in the text acts on a terminal."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tracetui.cli.json_text import embedded, json_array_lines, json_text

_text = st.text(st.characters(exclude_categories=()))
_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _text
)
_values = st.recursive(_scalars, lambda inner: st.lists(inner) | st.dictionaries(_text, inner), max_leaves=20)


@given(_values)
def test_any_value_comes_back_and_is_printable(value: object) -> None:
    made = json_text(value)
    assert json.loads(made) == value
    assert made.isprintable()


@given(st.lists(_values))
def test_streamed_array_is_the_array(values: list[object]) -> None:
    assert json.loads("\n".join(json_array_lines(values))) == values


def test_numbers_that_json_lacks_are_named() -> None:
    odd = {"a": float("nan"), "b": [float("inf"), -float("inf")], "c": Decimal("0.25"), 1: b"\x00\xff"}
    assert json.loads(json_text(odd)) == {"a": "NaN", "b": ["Infinity", "-Infinity"], "c": 0.25, "1": "00ff"}


def test_deep_json_columns_are_read_or_kept_as_text() -> None:
    for depth in (400, 5_000):
        text = "[" * depth + "]" * depth
        made = json.loads(json_text({"attributes": embedded(text)}))["attributes"]
        assert made == text or json.dumps(made) == text
    assert embedded("not json") == "not json"
