"""The command line's grammar."""

from __future__ import annotations

import pytest

from tracetui.errors import UsageError
from tracetui.tui.bindings import Scope
from tracetui.tui.commands import Command, Verb, command_words, parse_command

SCOPES = (Scope.APP, Scope.SEARCH, Scope.RUN)


def test_verbs_with_a_word() -> None:
    assert parse_command("run 4bf9", SCOPES) == Command(Verb.RUN, "4bf9")
    assert parse_command(" step 14 ", SCOPES) == Command(Verb.STEP, "14")
    assert parse_command("14", SCOPES) == Command(Verb.STEP, "14")
    assert parse_command("q", SCOPES) == Command(Verb.QUIT, "")
    assert parse_command("", SCOPES) is None


@pytest.mark.parametrize(
    ("text", "action"),
    [("help", "app.help"), ("runs", "view.runs"), ("run.next_error", "run.next_error"), ("wrap", "run.wrap")],
)
def test_actions_by_name(text: str, action: str) -> None:
    command = parse_command(text, SCOPES)
    assert command is not None
    assert command.key is not None
    assert command.key.id == action


def test_unknown_words_say_what_comes_close() -> None:
    with pytest.raises(UsageError, match="several actions") as several:
        parse_command("error", SCOPES)
    assert "run.next_error" in several.value.hint
    with pytest.raises(UsageError, match="no command is called"):
        parse_command("frobnicate", SCOPES)


def test_suggestions_parse() -> None:
    for word in command_words(SCOPES):
        if not word.endswith(" "):
            parse_command(word, SCOPES)
