"""Payloads as display lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.render.json_lines import plain_lines, text_lines
from tracetui.render.lines import Lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def shown(lines: Lines) -> list[str]:
    return [lines.plain(line) for line in range(len(lines))]


def tokens(lines: Lines, line: int) -> list[tuple[str, str]]:
    return [piece for piece in lines.pieces(line) if piece[0].strip()]


def test_json_is_laid_out_with_its_tokens_as_written() -> None:
    lines = text_lines('{"a" : 1.0,"a":12345678901234567890, "b":[ ],\n"c":[true,NaN,{"d":{}}] }')
    assert shown(lines) == [
        "{",
        '  "a": 1.0,',
        '  "a": 12345678901234567890,',
        '  "b": [],',
        '  "c": [',
        "    true,",
        "    NaN,",
        "    {",
        '      "d": {}',
        "    }",
        "  ]",
        "}",
    ]
    assert tokens(lines, 1) == [('"a"', "key"), (":", "punctuation"), ("1.0", "number"), (",", "punctuation")]
    assert tokens(lines, 6)[0] == ("NaN", "literal")
    assert list(lines.fold_end) == [12, 0, 0, 0, 11, 0, 0, 10, 0, 0, 0, 0]


def test_json_in_strings_is_opened_and_marked() -> None:
    inner = json.dumps({"from": "VIE", "deep": json.dumps([1])})
    lines = text_lines(json.dumps({"arguments": inner, "n": 1}))
    assert shown(lines) == [
        "{",
        '  "arguments": ⟪JSON in a string⟫',
        "    {",
        '      "from": "VIE",',
        '      "deep": ⟪JSON in a string⟫',
        "        [",
        "          1",
        "        ]",
        "    }",
        '  "n": 1',
        "}",
    ]
    assert lines.fold_end[1] == 9


def test_json_in_strings_stops_at_three_levels() -> None:
    text = "[4]"
    for _ in range(5):
        text = json.dumps([text])
    lines = shown(text_lines(text))
    assert sum("JSON in a string" in line for line in lines) == 3


def test_text_of_several_lines_is_readable_inside_json() -> None:
    lines = text_lines(json.dumps({"content": "Dear\n\tSir\x1b[31m", "x": "{not json"}))
    assert shown(lines) == [
        "{",
        '  "content": ⟪text, 2 lines⟫',
        "    │ Dear",
        "    │     Sir␛[31m",
        '  "x": "{not json"',
        "}",
    ]


def test_unicode_escapes_are_read_and_control_escapes_stay() -> None:
    lines = text_lines(r'["caf\u00e9 \ud83d\ude00 \u001b[0m \u202e \\u00e9 \n"]')
    assert shown(lines)[1].strip() == "⟪text, 1 lines⟫"
    lines = text_lines(r'["caf\u00e9 \ud83d\ude00 \u001b[0m \u202e \\u00e9 \ud800"]')
    assert shown(lines)[1].strip() == r'"café 😀 \u001b[0m ⟨U+202E⟩ \\u00e9 ⟨U+D800⟩"'


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1',
        '{"a" 1}',
        "[1 2]",
        "[1,]",
        "{,}",
        "[tru]",
        '["a]',
        "[}",
        "[1]]",
        "{1: 2}",
        "[01]",
        '{"a":1}{"b":2}',
    ],
)
def test_what_is_no_json_is_shown_as_it_is(text: str) -> None:
    assert shown(text_lines(text)) == [text]


def test_depth_costs_no_recursion() -> None:
    lines = text_lines("[" * 5000 + "]" * 5000)
    assert len(lines) == 9999
    assert lines.plain(4000).strip() == "depth 4000 ["
    broken = "[" * 5000
    assert "".join(shown(text_lines(broken))) == broken


def test_a_long_line_goes_on_in_the_next_ones() -> None:
    text = "word " * 200_000
    lines = text_lines(text)
    assert "".join(shown(lines)) == text
    assert sum(lines.continued) == len(lines) - 1
    inside = text_lines(json.dumps({"k": "y" * 10_000}))
    assert "".join(shown(inside)) == '{  "k": "' + "y" * 10_000 + '"}'
    assert {token for _, token in inside.pieces(2)} == {"string"}


def test_markdown_is_told_apart_and_kept_whole() -> None:
    text = "# Title\n\nSome **bold** and `code`.\n- one\n```python\n# not a heading\n```\n> said"
    lines = text_lines(text)
    assert shown(lines) == text.split("\n")
    assert lines.pieces(0) == (("# Title", "heading"),)
    assert ("**bold**", "strong") in lines.pieces(2)
    assert lines.pieces(3)[0] == ("- ", "bullet")
    assert lines.pieces(5) == (("# not a heading", "code"),)
    assert lines.pieces(7) == (("> said", "quote"),)


def test_plain_text_keeps_its_lines() -> None:
    assert shown(plain_lines("a\r\nb\n\n{}")) == ["a", "b", "", "{}"]
    assert shown(plain_lines("")) == [""]


def test_find_names_the_lines_that_show_the_match() -> None:
    lines = text_lines(json.dumps({"a": json.dumps({"needle": 1}), "b": "NEEDLE"}))
    assert ["eedle" in lines.plain(line).lower() for line in lines.find("needle")] == [True, True]
    assert lines.find("") == lines.find("absent") == []


@given(JSON)
def test_any_json_keeps_its_values(value: Any) -> None:
    text = json.dumps([value], ensure_ascii=False)
    lines = text_lines(text)
    assert len(lines) >= 2
    if not any(kind in {3, 4} for kind in lines.kind):
        slices = (lines.sources[0][start:end] for start, end in zip(lines.start, lines.end, strict=True))
        assert json.loads("".join(slices)) == [value]


@given(st.text())
def test_any_text_is_shown_whole(text: str) -> None:
    lines = text_lines(text)
    for line in range(len(lines)):
        assert "\x1b" not in lines.plain(line)
    if not any(kind in {1, 2, 3, 4} for kind in lines.kind):
        slices = [lines.sources[0][start:end] for start, end in zip(lines.start, lines.end, strict=True)]
        assert "".join(slices) == text.replace("\r\n", "").replace("\n", "")
