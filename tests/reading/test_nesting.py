"""Text that nests deeply is refused with the place where it begins to, soon, and what stands around it is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.opening import read_bytes
from tracetui.reading.nesting import MAX_DEPTH, too_deep_at
from tracetui.reading.structure import value_end

_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def counted_one_by_one(octets: bytes) -> int | None:
    """What `too_deep_at` says, told by a plain loop."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(octets):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(match.group(), 0)
        if depth > MAX_DEPTH:
            return match.start()
    return None


@pytest.mark.parametrize("levels", [5_000, 1_000_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"]}":1,"[\\"":[', "]}")])
def test_deep_documents_are_refused_among_others(
    levels: int, opening: str, closing: str, tmp_path: Path
) -> None:
    deep = opening * levels + "1" + closing * levels
    for text in (f'{{"id":1}}\n{deep}\n{{"id":2}}\n', f'[{{"id":1}},\n{deep},\n{{"id":2}}]'):
        opened = read_bytes(tmp_path, text.encode())
        assert opened.values == [{"id": 1}, {"id": 2}]
        assert opened.codes == ["too_deep"]
        assert opened.issues[0].skipped == 1


def test_a_deep_document_that_breaks_off_is_reported(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, b'[{"id":1},{"id":2},' + b"[" * 1_000_000)
    assert opened.issues
    assert [value for value in opened.values if value in ({"id": 1}, {"id": 2})] == [{"id": 1}, {"id": 2}]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["[", "{", "]", "}", '"', '\\"', '"\\\\"', '"[[["', "x", "\n"]), max_size=40),
    st.integers(1, 60),
    st.integers(0, 600),
)
def test_the_place_is_that_of_a_plain_count(parts: list[str], times: int, before: int) -> None:
    escapes_in_strings = re.sub(r'^[^"]*', "", "".join(parts) * times).encode()
    octets = b"[" * before + escapes_in_strings + b"[" * 300
    if re.sub(rb'"(?:[^"\\]|\\.)*"?', b"", octets, flags=re.DOTALL).count(b"\\"):
        return  # a backslash outside of a string is in no JSON
    assert too_deep_at(octets) == counted_one_by_one(octets)


@settings(deadline=None)
@given(
    st.recursive(
        st.text('ab"\\[]{}\n', max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('x"[}', max_size=3), inner, max_size=3),
    ),
    st.integers(0, 400),
)  # fmt: skip
def test_the_end_of_a_deep_value_is_found(value: object, levels: int) -> None:
    for _ in range(levels):
        value = [value, "]"] if levels % 2 else {"}": value}
    text = json.dumps([value]).encode()
    assert value_end(text + b'] "after" [', 0) == len(text)
    assert value_end(text[:-1], 0) is None
