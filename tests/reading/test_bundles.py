"""Zip and tar bundles: streamed member by member, whatever their names and headers claim."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reading.opening import read_all, read_bytes
from tests.reading.test_inputs import LINES, zstd
from tracetui.reading.inputs import Limits, SourceFile, open_inputs

EVIL_NAMES = [
    "../up.json",
    "/etc/abs.json",
    "C:\\x.json",
    "a\x1b[31m.json",
    "line\nbreak.json",
    "d/" * 1_000 + "deep.json",
]


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return sink.getvalue()


def tarred(members: list[tuple[str, bytes]], pack: Callable[[bytes], bytes] = bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return pack(sink.getvalue())


MIXTURE = [
    ("a.jsonl", LINES),
    ("folder/b.json", b'[{"id":1},{"id":2}]'),
    ("c.jsonl.gz", gzip.compress(LINES)),
    ("d.jsonl.zst", zstd(LINES)),
    ("readme.md", b"# Hello\n"),
    ("__MACOSX/a.jsonl", b"\0\0"),
    (".DS_Store", b"\0\0"),
    ("inner.zip", zipped([("x.json", b"{}")])),
    ("inner.tar", tarred([("x.json", b"{}")])),
    ("empty.jsonl", b""),
]
BUNDLES = {
    "zip": zipped(MIXTURE),
    "stored zip": zipped(MIXTURE, zipfile.ZIP_STORED),
    "tar": tarred(MIXTURE),
    "tar.gz": tarred(MIXTURE, gzip.compress),
    "tar.zst": tarred(MIXTURE, zstd),
}


@pytest.mark.parametrize("kind", BUNDLES)
@pytest.mark.parametrize("by_pipe", [False, True])
def test_a_mixture_is_read_member_by_member(kind: str, by_pipe: bool, tmp_path: Path) -> None:
    opened = (
        read_all("-", stdin=BUNDLES[kind]) if by_pipe else read_bytes(tmp_path, BUNDLES[kind], name="case")
    )
    containers = {name.rpartition("!")[2]: source.container for name, source in opened.sources.items()}
    assert containers == {
        "a.jsonl": "jsonl",
        "folder/b.json": "json array",
        "c.jsonl.gz": "jsonl.gz",
        "d.jsonl.zst": "jsonl.zst",
    }
    assert len(opened.values) == 302
    told = {issue.source.rpartition("!")[2]: issue.code for issue in opened.issues}
    assert told == {
        "readme.md": "not_json",
        "__MACOSX/a.jsonl": "hidden_file",
        ".DS_Store": "hidden_file",
        "inner.zip": "nested_bundle",
        "inner.tar": "nested_bundle",
        "empty.jsonl": "empty",
    }


@pytest.mark.parametrize("kind", BUNDLES)
def test_members_can_be_read_late_and_in_any_order(kind: str, tmp_path: Path) -> None:
    (tmp_path / "case").write_bytes(BUNDLES[kind])
    sources = [found for found in open_inputs([str(tmp_path / "case")]) if isinstance(found, SourceFile)]
    counts = [len(list(source.records(lambda _: None, lambda _: None))) for source in reversed(sources)]
    assert counts == [100, 100, 2, 100]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_names_are_labels_only(pack: Callable[[list[tuple[str, bytes]]], bytes], tmp_path: Path) -> None:
    content = pack([(name, b'{"id":1}') for name in EVIL_NAMES])
    home = tmp_path / "home"
    home.mkdir()
    opened = read_bytes(home, content, name="case")
    assert len(opened.values) == len(EVIL_NAMES)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [home / "case"]
    assert not Path("/etc/abs.json").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_members_of_one_name_are_both_read(
    pack: Callable[[list[tuple[str, bytes]]], bytes], tmp_path: Path
) -> None:
    opened = read_bytes(tmp_path, pack([("a.json", b'{"id":1}'), ("a.json", b'{"id":2}')]))
    assert [name.rpartition("!")[2] for name in opened.sources] == ["a.json", "a.json (2)"]
    assert [value["id"] for value in opened.values] == [1, 2]


def test_tar_members_that_are_no_files_are_not_followed(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        kinds = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
        for number, kind in enumerate(kinds):
            member = tarfile.TarInfo(f"m{number}")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    opened = read_bytes(tmp_path, sink.getvalue())
    assert opened.codes == ["symlink", "symlink", "special_file", "special_file"]


def test_a_symlink_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        member = zipfile.ZipInfo("link.json")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    assert read_bytes(tmp_path, sink.getvalue()).codes == ["symlink"]


def directory_entry(content: bytes) -> int:
    return content.index(b"PK\x01\x02")


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.json", b'{"id":1}'), ("b.json", b'{"id":2}')]))
    content[directory_entry(bytes(content)) + 8] |= 1
    opened = read_bytes(tmp_path, bytes(content))
    assert (opened.codes, opened.values) == (["encrypted"], [{"id": 2}])


@pytest.mark.parametrize("stated", [5, 5_000])
def test_a_lying_size_is_found_out(stated: int, tmp_path: Path) -> None:
    content = bytearray(zipped([("a.jsonl", LINES)]))
    struct.pack_into("<I", content, directory_entry(bytes(content)) + 24, stated)
    opened = read_bytes(tmp_path, bytes(content))
    assert "wrong_size" in opened.codes


def test_a_wrong_checksum_is_found_out(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.jsonl", LINES)]))
    struct.pack_into("<I", content, directory_entry(bytes(content)) + 16, 12345)
    opened = read_bytes(tmp_path, bytes(content))
    assert (opened.codes, len(opened.values)) == (["wrong_checksum"], 100)


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.json", b'{"id":1}' * 50), ("b.json", b'{"id":2}')]))
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<I", content, second + 42, 3)  # its header lies inside the first member
    assert read_bytes(tmp_path, bytes(content)).codes == ["overlap", "overlap"]


def test_a_zstd_member_of_a_zip_is_read(tmp_path: Path) -> None:
    packed = zstd(LINES)
    content = bytearray(zipped([("a.jsonl", packed)], zipfile.ZIP_STORED))
    entry = directory_entry(bytes(content))
    for at, method, size in ((0, 8, 22), (entry, 10, 24)):
        struct.pack_into("<H", content, at + method, 93)
        struct.pack_into("<I", content, at + size, len(LINES))
        struct.pack_into("<I", content, at + size - 8, zlib.crc32(LINES))
    opened = read_bytes(tmp_path, bytes(content))
    assert (len(opened.values), opened.issues) == (100, [])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused_by_name(method: int, tmp_path: Path) -> None:
    (issue,) = read_bytes(tmp_path, zipped([("a.jsonl", LINES)], method)).issues
    assert issue.code == "compression"
    assert "bzip2" in issue.message or "lzma" in issue.message


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_the_number_of_members_is_bounded(
    pack: Callable[[list[tuple[str, bytes]]], bytes], tmp_path: Path
) -> None:
    content = pack([(f"{number}.json", b"{}") for number in range(30)])
    assert "too_many_members" in read_bytes(tmp_path, content, limits=Limits(members=10)).codes
    if pack is zipped:
        limits = Limits(central_directory_bytes=100)
        assert read_bytes(tmp_path, content, limits=limits).codes == ["too_many_members"]


def test_bombs_in_bundles_are_stopped(tmp_path: Path) -> None:
    bomb = b'{"id":1}\n' + b" " * 5_000_000
    limits = Limits(ratio_floor_bytes=1_000_000)
    for content in (zipped([("a.jsonl", bomb)]), tarred([("a.jsonl", bomb)], gzip.compress)):
        opened = read_bytes(tmp_path, content, limits=limits)
        assert "unpacks_too_far" in opened.codes
    many = zipped(
        [(f"{number}.jsonl", b'{"id":1}\n' + os.urandom(300_000).hex().encode()) for number in range(5)]
    )
    opened = read_bytes(tmp_path, many, limits=Limits(total_bytes=1_000_000))
    assert "unpacked_too_large" in opened.codes


def test_a_truncated_bundle_gives_what_it_holds(tmp_path: Path) -> None:
    members = [(f"{number}.jsonl", LINES) for number in range(10)]
    opened = read_bytes(tmp_path, tarred(members)[:9_000])
    assert len(opened.sources) == 6
    assert 500 < len(opened.values) < 600
    assert {"truncated_archive", "bad_tar"} <= set(opened.codes)
    packed = tarred(members, gzip.compress)
    opened = read_bytes(tmp_path, packed[: len(packed) * 2 // 3])
    assert len(opened.values) >= 100
    assert opened.codes
    whole = zipped(members)
    opened = read_bytes(tmp_path, whole[:-30])
    assert (opened.codes, len(opened.values)) == (["torn_zip"], 1_000)
    opened = read_bytes(tmp_path, whole[: directory_entry(whole) - 100])
    assert opened.codes[0] == "torn_zip"
    assert 900 <= len(opened.values) < 1_000
    assert read_bytes(tmp_path, whole[:20]).codes == ["bad_zip"]


def test_a_header_of_absurd_size_is_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("x")
    member.type, member.size = tarfile.XHDTYPE, 2**40
    content = member.tobuf(tarfile.GNU_FORMAT) + b"\0" * 2_048
    assert read_bytes(tmp_path, content).codes == ["bad_tar"]


def test_an_archive_of_an_evaluation_is_one_source_under_any_name_and_in_bundles(tmp_path: Path) -> None:
    header, broken = b'{"eval":{"task":"t"}}', b'{"id":2,"text":"' + b"x" * 90 + b'"}'
    names = ["_journal/start.json", "samples/1.json", "samples/2.json", "summaries.json", "header.json"]
    contents = [b'{"start":1}', b'{\n"id":1\n}', broken, b'[{"id":1}]', header]
    archive = zipped(list(zip(names, contents, strict=True)), zipfile.ZIP_STORED)
    values = [{"eval": {"task": "t"}}, {"start": 1}, {"id": 1}, json.loads(broken), {"id": 1}]
    for content, name in (
        (archive, "log.zip"),
        (zipped([("x", archive)]), "x"),
        (tarred([("x", archive)]), "x"),
    ):
        opened = read_bytes(tmp_path, content, name=name)
        assert (opened.only.container, opened.values, opened.codes) == ("eval", values, [])
    opened = read_bytes(tmp_path, archive[: archive.index(b"header.json") - 30])
    assert (opened.codes, opened.values) == (["torn_zip"], values[1:])
    opened = read_bytes(tmp_path, archive.replace(b"xxxx", b"xxxy", 1))
    assert (opened.codes, len(opened.values)) == (["wrong_checksum"], 5)
