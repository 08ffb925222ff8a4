"""The lines of sources: members of one bundle and format together, where they are many."""

from __future__ import annotations

from tracetui.model import Source
from tracetui.render.accounts import folded, is_folded, is_of, sources_account


def source(name: str, known: str | None = "inspect_ai", records: int = 1) -> Source:
    return Source(
        source=name, format=known, format_version=None, why_detected="a log", container="json", size_bytes=10,
        records=records, loaded=records, merged=0, skipped=0, spans=2, runs=1, issues=0, first_ns=None,
        last_ns=5, elapsed_ms=None, grade="full",
    )  # fmt: skip


def test_members_of_an_archive_are_one_line_and_still_add_up() -> None:
    sources = [source("a.eval!header.json"), source("b.json"), source("a.eval!samples/1.json", records=3)]
    archive, other = lines = folded(sources)
    assert (archive.source, archive.records, archive.runs, archive.last_ns) == ("a.eval", 4, 2, 5)
    assert (archive.why_detected, is_folded(archive), is_folded(other)) == ("2 members: a log", True, False)
    assert is_of("a.eval!samples/1.json", archive)
    assert not is_of("a.eval!samples/1.json", other)
    assert sources_account(lines).partition(": ")[2] == sources_account(sources).partition(": ")[2]


def test_a_bundle_of_few_or_unknown_members_keeps_its_lines() -> None:
    few = [source(f"x.zip!{number}.jsonl", "otlp") for number in range(20)]
    unknown = [source(f"x.zip!{number}.md", None) for number in range(30)]
    assert folded([*few, *unknown]) == [*few, *unknown]
    assert len(folded([*few, source("x.zip!more.jsonl", "otlp"), *unknown])) == 1 + 30
