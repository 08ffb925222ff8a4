"""The real interface and the real commands on a real terminal: nothing of a trace acts on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import on_terminal
from tests.hostile.terminal_grammar import foreign
from tests.hostile.traces import ACTIONS, hostile_file
from tests.tui.terminal import START, Terminal, terminal

SIGNS = "␛|⟨|u001b".encode()
HARMLESS = ("[red]", "␛]0;PWNED", "⟨U+202E⟩", "⟨U+E0041⟩", "⟨U+009B⟩", "⟨U+D800⟩", "␀")
"""What is shown of what would act."""
TABS = ("Messages", "Input/Output", "Diff", "State", "Cost", "Events", "Attributes", "Raw")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A file that tries to act on the terminal in each of its fields."""
    return hostile_file(tmp_path)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRACETUI_CACHE", "TRACETUI_STATE_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def test_the_grammar_tells_what_acts() -> None:
    assert len(foreign(ACTIONS.encode("utf-8", "surrogatepass"))) > 25
    assert foreign("\x1b[1;38;2;1;2;3mrun\x1b[0m ␛[777m é\r\n".encode()) == []


def test_no_screen_and_no_tab_lets_a_trace_act(hostile: Path, tmp_path: Path) -> None:
    with terminal(START.format(paths=[str(hostile)]), tmp_path) as tty:
        tty.read_until("✗ failed".encode())
        _visit_runs(tty)
        _visit_run(tty)
        _visit_figures(tty)
        _visit_sql(tty)
        _visit_import(tty)
        tty.press("\x11")
        assert tty.end() == 0
    assert foreign(tty.output) == []
    shown = tty.output.decode()
    assert [sign for sign in HARMLESS if sign not in shown] == []


def _visit_runs(tty: Terminal) -> None:
    steps = (
        ("y", b"Copy"),
        ("q", b"failed"),
        ("f", b"filter"),
        ("red", b"of 2"),
        ("\r", b"esc clears"),
        ("/", b"search"),
    )
    for keys, answer in (*steps, ("PWN", b"hits"), ("\r", b"n N")):
        tty.press(keys)
        tty.read_until(answer)


def _visit_run(tty: Terminal) -> None:
    tty.press("\r")
    tty.read_until(b"Attributes")
    tty.press("g")
    tty.read_until(SIGNS)
    for number in range(9):
        if number >= 3 and all(sign.encode() in tty.output for sign in HARMLESS):
            break  # more rounds only where the machine is too busy to paint every tab
        for _ in TABS:
            tty.press("]")
            tty.read_to_rest()  # not every tab holds something of every step
        tty.press("j")
        tty.read_to_rest()
    for keys, answer in (("y", b"Copy"), ("q", b"red")):
        tty.press(keys)
        tty.read_until(answer)


def _visit_figures(tty: Terminal) -> None:
    for view, answer in (("4", b"Context window"), ("5", b"unpriced|no calls|No ")):
        tty.press(view)
        tty.read_until(answer)
        tty.read_to_rest()


def _visit_sql(tty: Terminal) -> None:
    tty.press("6")
    tty.read_until(b"ctrl")
    tty.press("select name, error_message from spans")
    tty.read_to_rest()
    tty.press("\x1b[15~")  # F5
    tty.read_until(b"rows")
    for _ in range(2):  # out of the editor, then out of the view
        tty.read_to_rest()
        tty.press("\x1b")
    tty.read_to_rest()


def _visit_import(tty: Terminal) -> None:
    tty.press("7")
    tty.read_until(b"import issues")
    tty.press("\t")
    tty.read_until(SIGNS)
    tty.press("j")
    tty.read_until(SIGNS)


COMMANDS = (
    ("runs",), ("runs", "--json"), ("show",), ("show", "--step", "1"), ("show", "--step", "2", "--json"),
    ("import", "--json"),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_lets_a_trace_act(hostile: Path, command: tuple[str, ...]) -> None:
    name, *options = command
    status, sent = on_terminal(name, str(hostile), *options)
    assert status == 0, sent
    assert foreign(sent.encode(), is_json="--json" in options) == []
    assert "[red]x[/red]" in sent


QUERIES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    ((), ("FROM spans", "SELEC\x1b[777m")),
    (("--json",), ("FROM messages", 'SELECT name AS "a\x1b[777mb" FROM runs')),
)


@pytest.mark.parametrize(("options", "queries"), QUERIES, ids=["table", "json"])
def test_no_query_lets_a_trace_act(hostile: Path, options: tuple[str, ...], queries: tuple[str, ...]) -> None:
    for query in queries:
        _, sent = on_terminal("sql", query, str(hostile), *options)
        assert foreign(sent.encode(), is_json=bool(options)) == []
        assert "[red]x[/red]" in sent or "777m" in sent
