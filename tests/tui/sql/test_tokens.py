"""SQL as tokens: statements of a script, parameters, names and literals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sql.sessions import all_rows, session
from tracetui.tui.sql.tokens import parameters, quoted_name, statement_at, statements, text_literal, tokens

SCRIPT = "SELECT ';' AS a -- not ; here\n; /* nor ; here */ FROM runs;\n\n-- nothing\n"


def test_statements_are_told_apart() -> None:
    assert [piece.text for piece in statements(SCRIPT)] == ["SELECT ';' AS a", "FROM runs"]


@pytest.mark.parametrize(("place", "text"), [(0, "SELECT ';' AS a"), (55, "FROM runs"), (75, "FROM runs")])
def test_the_statement_at_a_place(place: int, text: str) -> None:
    piece = statement_at(SCRIPT, place)
    assert piece is not None
    assert piece.text == text


def test_what_holds_no_statement() -> None:
    assert statement_at("-- only this", 3) is None


def test_kinds_of_tokens() -> None:
    found = [
        (text[t.start : t.stop], t.kind)
        for text in ["SELECT max(x), 'a''b', \"c d\", $n, 1.5 -- e"]
        for t in tokens(text)
    ]
    assert [pair for pair in found if pair[1] != "sign"] == [
        ("SELECT", "keyword"), ("max", "function"), ("x", "name"), ("'a''b'", "string"), ('"c d"', "quoted"),
        ("$n", "parameter"), ("1.5", "number"), ("-- e", "comment"),
    ]  # fmt: skip


def test_parameters_are_found_once_and_not_in_text() -> None:
    assert parameters("SELECT $b, $a, $b, '$c' -- $d") == ["b", "a"]


@given(st.text(max_size=60))
def test_tokens_cover_everything_but_blanks(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert not text[end : token.start].strip()
        assert token.stop > token.start
        end = token.stop
    assert not text[end:].strip()


def test_names_and_literals_mean_what_they_were() -> None:
    odd = "it's \x1b[31m \u202e\x07 done"
    with session() as asking:
        name = quoted_name('a "b" c')
        result = asking.run(f"SELECT {text_literal(odd)} AS {name}")
        assert result.columns == ('a "b" c',)
        assert all_rows(result) == [(odd,)]
        assert "\x1b" not in text_literal(odd)
