"""The lines of sources: members of one bundle and format together, where they are many."""

from __future__ import annotations

from tracetui.read_model import Source
from tracetui.render.accounts import account, folded, is_folded, is_of, sources_account


def source(name: str, known: str | None = "inspect_ai", records: int = 1) -> Source:
    return Source(
        source=name, format=known, format_version=None, why_detected="a log", container="json", size_bytes=10,
        records=records, loaded=records, merged=0, skipped=0, spans=2, runs=1, issues=0, first_ns=None,
        last_ns=5, elapsed_ms=None, grade="full",
    )  # fmt: skip


def test_many_members_of_a_bundle_are_one_line_and_still_add_up() -> None:
    members = [source(f"a.zip!{number}.json", records=3) for number in range(21)]
    bundle, other = lines = folded([*members, source("b.json")])
    assert (bundle.source, bundle.records, bundle.runs, bundle.last_ns) == ("a.zip", 63, 21, 5)
    assert (bundle.why_detected, is_folded(bundle), is_folded(other)) == ("21 members: a log", True, False)
    assert is_of("a.zip!7.json", bundle)
    assert not is_of("a.zip!7.json", other)
    assert sources_account(lines).partition(": ")[2] == account([*members, other])


def test_a_bundle_of_few_or_unknown_members_keeps_its_lines() -> None:
    few = [source(f"x.zip!{number}.jsonl", "otlp") for number in range(20)]
    unknown = [source(f"x.zip!{number}.md", None) for number in range(30)]
    assert folded([*few, *unknown]) == [*few, *unknown]
    assert len(folded([*few, source("x.zip!more.jsonl", "otlp"), *unknown])) == 1 + 30
