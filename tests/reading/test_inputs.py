"""Paths: files, folders, globs, pipes; compression; what is not read is said."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import pyarrow as pa
import pytest

from tests.reading.opening import read_all, read_bytes
from tracetui.errors import InputError
from tracetui.model import Severity
from tracetui.reading.inputs import Limits, open_inputs
from tracetui.reading.joined import whole_name

LINES = b"".join(b'{"id":%d}\n' % number for number in range(100))


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


def test_a_folder_is_read_in_order_and_everything_in_it_is_named(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a/2.json", "a/1.json", ".hidden/x.json", ".dot.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(LINES)
    (tmp_path / "notes.md").write_text("# Notes\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "empty.jsonl").touch()
    os.symlink("/etc/hostname", tmp_path / "link.json")
    os.mkfifo(tmp_path / "pipe")
    opened = read_all(tmp_path)
    assert [name.removeprefix(f"{tmp_path}/") for name in opened.sources] == [
        "b.jsonl",
        "a/1.json",
        "a/2.json",
    ]
    told = {
        issue.source.removeprefix(f"{tmp_path}/"): (issue.code, issue.severity) for issue in opened.issues
    }
    assert told == {
        ".dot.json": ("hidden_file", Severity.INFO),
        ".hidden": ("hidden_file", Severity.INFO),
        "link.json": ("symlink", Severity.INFO),
        "pipe": ("special_file", Severity.INFO),
        "notes.md": ("not_json", Severity.INFO),
        "picture.png": ("binary", Severity.INFO),
        "empty.jsonl": ("empty", Severity.INFO),
    }


def test_patterns_and_several_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run2.jsonl", "run1.jsonl", "other.json", "odd[1].json"):
        Path(name).write_bytes(LINES)
    opened = read_all("run*.jsonl", "other.json", "odd[1].json", "./run1.jsonl")
    assert list(opened.sources) == ["run1.jsonl", "run2.jsonl", "other.json", "odd[1].json"]
    assert opened.codes == ["named_twice"]


@pytest.mark.parametrize("path", ["missing.jsonl", "missing*.jsonl"])
def test_a_path_that_is_not_there_is_an_error_at_once(path: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing") as caught:
        open_inputs([str(tmp_path / path)])
    assert caught.value.hint


def test_a_named_file_that_is_no_trace_weighs_more_than_one_in_a_folder(tmp_path: Path) -> None:
    (issue,) = read_bytes(tmp_path, b"\x89PNG\r\n\x1a\n\0\0").issues
    assert issue.severity is Severity.ERROR


def test_an_unreadable_file_is_an_issue(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert read_all(tmp_path / "loop").codes == ["unreadable"]


def test_a_file_that_vanishes_after_it_was_found_is_an_issue(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(LINES)
    (source,) = open_inputs([str(path)])
    path.unlink()
    codes: list[str] = []
    assert list(source.records(lambda issue: codes.append(issue.code), lambda _: None)) == []  # type: ignore[union-attr]  # a source
    assert codes == ["unreadable"]


def test_standard_input_and_pipes(tmp_path: Path) -> None:
    opened = read_all("-", stdin=LINES)
    assert (opened.only.name, opened.only.path, len(opened.values)) == ("-", None, 100)
    assert len(read_all("-", stdin=gzip.compress(LINES)).values) == 100
    assert read_all("-", stdin=b"").codes == ["empty"]
    assert read_all("-", stdin=LINES, limits=Limits(total_bytes=100)).codes == ["input_too_large"]


def test_the_number_of_files_is_bounded(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jsonl").write_bytes(LINES)
    opened = read_all(tmp_path, limits=Limits(files=3))
    assert (len(opened.sources), opened.codes) == (3, ["too_many_files"])


# --- compression ------------------------------------------------------------------------------------------------

HALF = LINES.index(b'{"id":50}')
SKIPPABLE = b"\x50\x2a\x4d\x18" + struct.pack("<I", 4) + b"skip"


COMPRESSED = {
    "gzip": (gzip.compress(LINES), "jsonl.gz"),
    "two gzip members": (gzip.compress(LINES[:HALF]) + gzip.compress(LINES[HALF:]), "jsonl.gz"),
    "padded gzip": (gzip.compress(LINES) + b"\0" * 600, "jsonl.gz"),
    "zstd": (zstd(LINES), "jsonl.zst"),
    "two zstd frames": (zstd(LINES[:HALF]) + zstd(LINES[HALF:]), "jsonl.zst"),
    "skippable frame first": (SKIPPABLE + zstd(LINES), "jsonl.zst"),
    "a list": (gzip.compress(b"[" + LINES.strip().replace(b"\n", b",") + b"]"), "json array.gz"),
}


@pytest.mark.parametrize("kind", COMPRESSED)
def test_compressed_sources_are_read(kind: str, tmp_path: Path) -> None:
    content, container = COMPRESSED[kind]
    opened = read_bytes(tmp_path, content, name="export.log")
    assert [value["id"] for value in opened.values] == list(range(100))
    assert (opened.only.container, opened.only.path, opened.issues) == (container, None, [])
    assert opened.only.size_bytes == len(content)


@pytest.mark.parametrize("compress", [zstd, bytes], ids=["zstd", "plain"])
def test_messages_with_a_length_before_each(compress: type[bytes], tmp_path: Path) -> None:
    messages = [compress(b'{"resourceSpans":[{"id":%d}]}' % number) for number in range(10)]
    content = b"".join(struct.pack(">I", len(message)) + message for message in messages)
    opened = read_bytes(tmp_path, content)
    assert [value["resourceSpans"][0]["id"] for value in opened.values] == list(range(10))
    torn = read_bytes(tmp_path, content[:-3])
    assert len(torn.values) == 9
    assert "truncated_compression" in torn.codes


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_damaged_compression_keeps_what_came_before(compress: type[bytes], tmp_path: Path) -> None:
    content = b"".join(
        b'{"id":%d,"text":"%s"}\n' % (number, os.urandom(50).hex().encode()) for number in range(40_000)
    )
    packed = bytearray(compress(content))
    torn = read_bytes(tmp_path, bytes(packed[: len(packed) // 2]))
    assert "truncated_compression" in torn.codes
    assert 10_000 < len(torn.values) < 30_000
    assert torn.skipped <= 1
    with_junk = read_bytes(tmp_path, bytes(packed) + b"junk")
    assert len(with_junk.values) > 39_000
    assert with_junk.skipped <= 1
    assert "damaged_compression" in with_junk.codes


def test_damage_inside_gzip_ends_the_source(tmp_path: Path) -> None:
    content = b"".join(
        b'{"id":%d,"text":"%s"}\n' % (number, os.urandom(50).hex().encode()) for number in range(40_000)
    )
    packed = bytearray(gzip.compress(content))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = b"\xff" * 50
    opened = read_bytes(tmp_path, bytes(packed))
    assert "damaged_compression" in opened.codes
    assert len(opened.values) > 10_000


def test_compressed_twice_is_refused(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, gzip.compress(gzip.compress(LINES))).codes == ["nested_compression"]


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_bombs_are_stopped(compress: type[bytes], tmp_path: Path) -> None:
    bomb = compress(b'{"id":1}\n' + b" " * 5_000_000 + b'\n{"id":2}\n')
    opened = read_bytes(tmp_path, bomb, limits=Limits(ratio_floor_bytes=1_000_000))
    assert [value["id"] for value in opened.values] == [1]
    assert "unpacks_too_far" in opened.codes
    opened = read_bytes(tmp_path, bomb, limits=Limits(total_bytes=2_000_000))
    assert "unpacked_too_large" in opened.codes


@pytest.mark.parametrize("content", [b"\x07\0broken\0", b"no trace at all\n"])
def test_a_file_of_a_folder_that_is_named_like_a_trace_weighs_as_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "good.jsonl").write_bytes(LINES)
    (tmp_path / "bad.JSON").write_bytes(content)
    (issue,) = read_all(tmp_path).issues
    assert (issue.severity, issue.source) == (Severity.ERROR, f"{tmp_path}/bad.JSON")


def test_the_events_of_a_conversation_are_one_source_with_its_state(tmp_path: Path) -> None:
    for name in ("kept/base_state.json", "kept/bash/1.json", "kept/events/event-00000-a.json",
                 "kept/events/event-00001-b.json", "other/base_state.json", "other/event-00007-c.json", "z.json"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f'{{"name":"{name}"}}')
    opened = read_all(tmp_path)
    assert {name.removeprefix(f"{tmp_path}/"): len(found) for name, found in opened.records.items()} == {
        "z.json": 1, "kept/bash/1.json": 1, "kept": 3, "other": 2,
    }  # fmt: skip
    kept = opened.records[f"{tmp_path}/kept"]
    assert [record.origin.line for record in kept] == [1, 2, 3]
    whole = b"\n".join((tmp_path / "kept" / name).read_bytes() for name in (
        "base_state.json", "events/event-00000-a.json", "events/event-00001-b.json"))  # fmt: skip
    last = kept[-1].origin
    assert (
        whole[last.byte_offset : last.byte_offset + last.byte_length]
        == b'{"name":"kept/events/event-00001-b.json"}'
    )
    assert not opened.issues
    assert whole_name(str(tmp_path / "kept/base_state.json")) == str(tmp_path / "kept")
    assert whole_name("events/event-00000-a.json") == "events"
    assert whole_name("events/notes.json") is None
