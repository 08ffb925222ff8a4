"""Decide by its first bytes what a content is, and unwrap compression and bundles around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from tracetui.model import ImportIssue, Severity
from tracetui.reading.content import Content, decompressed, random_access
from tracetui.reading.decompress import Budget, CountedStream
from tracetui.reading.eval_archive import as_one, is_eval_archive
from tracetui.reading.faults import IssueLog, StreamFault
from tracetui.reading.joined import grouped, joined
from tracetui.reading.magic import HEAD_BYTES, Refusal, identify, utf16_codec
from tracetui.reading.partitions import partitions_of
from tracetui.reading.source import ParquetSource, SourceFile, TextSource
from tracetui.reading.table_shape import is_one_column
from tracetui.reading.tar_bundle import Rewound, tar_members
from tracetui.reading.text_shape import TextShape, look, shape_of
from tracetui.reading.text_stream import Guarded, Peekable, Transcoded
from tracetui.reading.zip_bundle import zip_members

Found = SourceFile | ImportIssue
_TABLE_NAME = re.compile(r"\.csv(?:\.(?:gz|zst))?\Z", re.IGNORECASE)
_PRINTED = re.compile(
    rb"(?m)^\s*(?:Thought|Action|Action Input|Observation): .*(?:\n.*){0,20}?\n\s*(?:Action|Observation|Final Answer): "
)
_BEHIND_PREFIX = re.compile(rb'(?m)^[^\s{"][^{"\n]{0,200}\{"[^\n]*\}\s*$')
_TRACE_ENDINGS = frozenset((".json", ".jsonl", ".ndjson", ".parquet"))


def recognise(content: Content, budget: Budget) -> Iterator[Found]:
    """The sources in a content: itself, its members, or an issue that says why there are none."""
    try:
        yield from _recognised(content, budget)
    except StreamFault as fault:
        yield ImportIssue(fault.code, fault.message, Severity.ERROR, source=content.name)
    except OSError as error:
        yield ImportIssue(
            "unreadable", f"cannot be read: {error.strerror or error}", Severity.ERROR, source=content.name
        )


def _recognised(content: Content, budget: Budget) -> Iterator[Found]:
    head, faults = _peek(content)
    if not head:
        yield (
            faults[0]
            if faults
            else _refused(content, Refusal("empty", "the file is empty", Severity.WARNING))
        )
        return
    kind = identify(head)
    if isinstance(kind, Refusal):
        yield _refused(content, kind)
    elif kind in ("gz", "zst", "framed"):
        yield from _unwrapped(content, kind, budget)
    elif kind in ("zip", "tar"):
        yield from _members(content, kind, budget)
    elif kind == "parquet":
        yield ParquetSource(replace(content, partitions=partitions_of(content.name)), budget.limits)
    else:
        yield _text(content, head, budget)


def _peek(content: Content) -> tuple[bytes, list[ImportIssue]]:
    faults: list[ImportIssue] = []
    return Peekable(_guarded(content.open(), content, faults)).peek(HEAD_BYTES), faults


def _guarded(stream: CountedStream, content: Content, faults: list[ImportIssue]) -> Guarded:
    return Guarded(stream, IssueLog(faults.append, content.name, 1), lambda: None)


def _refused(content: Content, refusal: Refusal) -> ImportIssue:
    # What a folder or bundle holds besides traces is no fault of theirs; a file that is named like a trace is meant as one.
    severity = refusal.severity
    is_unreadable = refusal.code in ("binary", "not_json")
    if is_unreadable and PurePosixPath(content.name).suffix.lower() in _TRACE_ENDINGS:
        severity = Severity.ERROR
    elif not content.asked_for and (is_unreadable or refusal.code == "empty"):
        severity = Severity.INFO
    elif content.asked_for and severity is Severity.INFO:
        severity = Severity.ERROR
    return ImportIssue(refusal.code, refusal.message, severity, source=content.name)


def _unwrapped(content: Content, kind: str, budget: Budget) -> Iterator[Found]:
    if content.compression:
        yield _refused(content, Refusal("nested_compression", "compressed twice; decompress it once first"))
        return
    yield from _recognised(decompressed(content, kind, budget), budget)


def _members(content: Content, kind: str, budget: Budget) -> Iterator[Found]:
    members = _zipped(content, budget) if kind == "zip" else []
    inside = [member for member in members if isinstance(member, Content)]
    if is_eval_archive(inside):
        yield from (member for member in members if isinstance(member, ImportIssue))
        one = as_one(content.name, inside, asked_for=content.asked_for)
        yield TextSource(one, TextShape("eval"), None, budget.limits)
        return
    if content.in_bundle:
        yield _refused(
            content, Refusal("nested_bundle", f"a {kind} inside a bundle is not opened; unpack it first")
        )
        return
    found = iter(members) if kind == "zip" else _in_tar(content, budget)
    for pieces in grouped((_shown(member) for member in found), _name_of):
        yield from (member for member in pieces if isinstance(member, ImportIssue))
        contents = [member for member in pieces if isinstance(member, Content)]
        if contents:
            yield from recognise(joined(contents), budget)


def _zipped(content: Content, budget: Budget) -> list[Content | ImportIssue]:
    octets = random_access(content, budget.limits)
    if octets is None:
        raise StreamFault("unpacked_too_large", "the zip is larger than allowed")
    return list(zip_members(content.name, octets, budget))


def _in_tar(content: Content, budget: Budget) -> Iterator[Content | ImportIssue]:
    octets = content.random() if content.random else Rewound(content.open)
    return tar_members(content.name, octets, budget.limits)


def _shown(member: Content | ImportIssue) -> Content | ImportIssue:
    if isinstance(member, Content) and _is_hidden(member.name):
        return ImportIssue("hidden_file", "hidden: not read", Severity.INFO, source=member.name)
    return member


def _name_of(member: Content | ImportIssue) -> str:
    return member.source if isinstance(member, ImportIssue) else member.name


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name.partition("!")[2]).parts
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts)


def _text(content: Content, head: bytes, budget: Budget) -> Found:
    codec = utf16_codec(head)
    faults: list[ImportIssue] = []
    guarded = _guarded(content.open(), content, faults)
    text, complete = look(
        Peekable(Transcoded(guarded, codec) if codec else guarded), budget.limits.line_bytes
    )
    shape = shape_of(text, complete=complete)
    if shape is None and _TABLE_NAME.search(content.name) and is_one_column(text, complete=complete):
        shape = TextShape("csv", b",")
    if shape is None:
        return _refused(content, Refusal("not_json", _looks_like(text), Severity.WARNING))
    return TextSource(content, shape, codec, budget.limits)


def _looks_like(text: bytes) -> str:
    if not text.strip():
        return "only blank lines"
    if _PRINTED.search(text):
        return (
            "what an agent printed, which does not say where steps begin and end: have it write JSON lines, "
            "or export its trace"
        )
    if _BEHIND_PREFIX.search(text):
        return "lines with JSON behind a prefix: leave out what stands before the first { of each (sed 's/^[^{]*//')"
    return "text that is neither JSON nor CSV"
