"""SQL as tokens: statements of a script, parameters, names and literals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sql.sessions import all_rows, session
from tracetui.tui.sql.copying import literal
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


def test_values_are_copied_as_sql_that_gives_them_again() -> None:
    values = [
        "1.50", "'nan'::DOUBLE", "true", "'it''s' || chr(10)", "DATE '2026-01-01'", "make_timestamp_ns(1234567890123456789)",
        "TIMESTAMPTZ '2026-01-01 12:00:00+02'", "INTERVAL 1 DAY", "'\\xff\\x00a'::BLOB", "['a''b', 'c, \"d\"', NULL]",
        "{'a': 1, 'b': 'x''y'}", "MAP {'k': 1, 'z': 2}", "'{\"a\": [1]}'::JSON", "NULL", "170141183460469231731687303715884105727",
    ]  # fmt: skip
    with session() as asking:
        for value in values:
            result = asking.run(f"SELECT {value} AS a")
            result.keep("r")
            again = literal(result.cell(0, 0), result.types[0])
            assert all_rows(asking.run(f"SELECT {again} IS NOT DISTINCT FROM a FROM r")) == [(True,)], value
