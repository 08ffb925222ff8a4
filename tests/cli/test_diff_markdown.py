"""`tracetui diff --markdown` of steps and of good runs: nothing in a trace leaves its cell or block."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.command import in_this_process
from tests.cli.test_diff import a_run, chat, tool
from tests.cli.traces import otlp_file

EVIL = "a\\| b | `````` <img> **c**\n```\n# d\n\n<img>"
FENCE = re.compile(r"^(`{3,})(diff)?$")


def outside(markdown: str) -> str:
    """The text that is neither in a fenced block nor between backticks."""
    kept: list[str] = []
    fence = ""
    for line in markdown.splitlines():
        found = FENCE.match(line)
        if fence:
            fence = "" if line == fence else fence
        elif found:
            fence = found[1]
        else:
            kept.append(re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", line))
    assert not fence
    return "\n".join(kept)


def evil_files(folder: Path) -> list[Path]:
    files = []
    for letter in "ab":
        said = [{"role": EVIL, "parts": [{"type": "text", "content": f"{EVIL} {letter} one two three four"}]}]
        spans = a_run(
            letter * 32,
            chat(2, letter * 32, [*said, *said] if letter == "b" else said),
            tool(3, f"book {EVIL} {letter}", {EVIL: letter}, letter * 32, f"{EVIL} {letter}"),
        )
        files.append(otlp_file(folder / f"{letter}.jsonl", spans))
    return files


def test_markdown_of_steps_and_good_runs_has_tables_and_blocks_that_hold(tmp_path: Path) -> None:
    files = evil_files(tmp_path)
    call, step, good = (
        in_this_process("diff", *files, *options, "--markdown").out
        for options in (
            ("--steps", "aa:1", "bb:1"),
            ("--steps", "aa:2", "bb:2"),
            ("--run", "bb", "--against", "aa"),
        )
    )
    for markdown in (call, step, good):
        assert "<img>" in markdown
        assert not any(word in outside(markdown) for word in ("<img>", "**c**", "# d"))
        widths = [
            len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in markdown.splitlines() if line[:1] == "|"
        ]
        assert set(widths) <= {3, 4, 5}
    assert [line for line in outside(call).splitlines() if line[:1] == "#"] == [
        "### Steps compared",
        "#### Messages",
    ]
    assert ("#### Input" in step, "#### Output" in step) == (True, True)
    assert good.startswith("### Run compared with good ones\n")
    assert {line.split(" | ")[1] for line in good.splitlines() if line[:3] in {"| −", "| +"}} == {
        "in all",
        "in none",
    }
