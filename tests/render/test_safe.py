"""The sanitiser: what it must never let through, and what it must leave alone."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracetui.render.safe import safe, safe_lines

HOSTILE = "\x00\x07\x08\r\x0e\x1b\x7f\x80\x9b\x9d\u00ad\u061c\u200b\u200c\u200d\u200e\u2028\u2029\u202e\u2066\ufeff\U000e0041\ud800\u0301\u0489"
TEXTS = st.text(st.characters(codec=None) | st.sampled_from(HOSTILE + "aé字👩"), max_size=60)
BAD_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
DIGIT_SIGNS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


@given(TEXTS)
@example("a\u0301\u0301\u0301\u0301\u0301\u200d\u0301z")
@example("\u200d\u200c\u4e00\u200d\u200d\u4e00")
def test_nothing_that_acts_or_hides_is_left(text: str) -> None:
    shown = safe(text)
    for index, char in enumerate(shown):
        if char in "\u200c\u200d":
            assert min(ord(shown[index - 1]), ord(shown[index + 1])) > 0x2FF
        else:
            assert category(char) not in BAD_CATEGORIES or char in DIGIT_SIGNS
            assert not 0xE0000 <= ord(char) <= 0xE0FFF
    shown.encode("utf-8")


@given(TEXTS)
@example("\u0301\u0301\u0301\u0301\u0301\u200d\u0301\u4e00")
@example("\u202e\u200d\u4e00")
def test_a_second_pass_changes_nothing(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(TEXTS)
def test_no_more_than_four_marks_on_a_base(text: str) -> None:
    run = 0
    for char in safe(text):
        run = run + 1 if category(char) in {"Mn", "Me"} else run if char in "\u200c\u200d" else 0
        assert run <= 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text [red] [/INST] :warning:", "plain text [red] [/INST] :warning:"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\rb\x00\x7f\n\t", "a␍b␀␡␊␉"),
        ("\x1b]8;;http://x\x07", "␛]8;;http://x␇"),
        ("\u009b31m\u0085", "⟨U+009B⟩31m⟨U+0085⟩"),
        ("a\u202eb\u2066", "a⟨U+202E⟩b⟨U+2066⟩"),
        ("\u200b\ufeff\u00ad", "⟨U+200B⟩⟨U+FEFF⟩⟨U+00AD⟩"),
        ("\U000e0049\U000e0101", "⟨U+E0049⟩⟨U+E0101⟩"),
        ("\u2028\u2029", "⟨U+2028⟩⟨U+2029⟩"),
        ("\ud800x", "⟨U+D800⟩x"),
        ("👨\u200d👩\u200d👧 क\u094d\u200dष", "👨\u200d👩\u200d👧 क\u094d\u200dष"),
        ("a\u200db", "a⟨U+200D⟩b"),
        ("字\u200d\u200d字", "字⟨U+200D⟩⟨U+200D⟩字"),
        ("e" + "\u0301" * 50 + "x", "e" + "\u0301" * 4 + "…x"),
        ("größe Übermut 東京 ❤️", "größe Übermut 東京 ❤️"),
    ],
)
def test_each_class_has_its_sign(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_cut_says_how_much_is_missing() -> None:
    assert safe("x" * 1500, limit=5) == "xxxxx… (+1,495 chars)"
    assert safe("\x1b" * 9, limit=2) == "␛␛… (+7 chars)"
    assert safe("12345", limit=5) == "12345"


def test_lines_and_tabs_are_structure() -> None:
    assert safe_lines("a\tb\r\nc\rd\n\n\x1b") == ["a   b", "c␍d", "", "␛"]
