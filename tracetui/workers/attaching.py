"""Files of the user's own as tables: read in a process that may open files, by statements of ours alone."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.errors import InputError, QueryError, UsageError

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult, QuerySession

_CSV = "FROM read_csv($path)"
_READERS = {
    ".parquet": "FROM read_parquet($path)", ".csv": _CSV, ".tsv": _CSV,
    ".jsonl": "FROM read_json($path)", ".json": "FROM read_json($path)", ".ndjson": "FROM read_json($path)",
}  # fmt: skip
_COMPRESSED = frozenset({".gz", ".zst"})
_DATABASES = frozenset({".duckdb", ".db"})
_VIEWS = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
_TABLES = """
SELECT schema_name, table_name, false FROM duckdb_tables() WHERE database_name = 'attached_file'
UNION ALL SELECT schema_name, view_name, true FROM duckdb_views() WHERE database_name = 'attached_file' AND NOT internal
ORDER BY ALL
"""
_IDS = "SELECT DISTINCT column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR' AND column_name LIKE '%\\_id' ESCAPE '\\'"
_NEVER_AMOUNTS = frozenset({"HUGEINT", "UHUGEINT", "BIGNUM"})
_NUMBERS = frozenset({"BIGINT", "DOUBLE"})
_LOOKS_LIKE_ID = r"\d{2,}[eE]\d+|\d+[eE]\d{3,}|\d{17,}"
_NO_EXTENSIONS = ("SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false")
_NO_MORE_FILES = ("SET enable_external_access = false", "SET disabled_filesystems = 'LocalFileSystem'",
                  "SET lock_configuration = true")  # fmt: skip
_OTHER_NAME = "NAME=FILE gives the table another one."
_OF_RESULTS = re.compile(r"result_\d+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_GLOB_SIGNS = re.compile(r"[\[*?]")


@dataclass(frozen=True, slots=True)
class Attached:
    """Names of tables that statements may read now, and of views that were left out since their file alone does not
    answer them. `renamed` has `NAME is SCHEMA.TABLE` for each whose name another table of the file has."""

    tables: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table as it is to be known: None as `result` of a view that cannot be read, `origin` where another table of
    the file would have the same name."""

    name: str
    result: QueryResult | None
    origin: str = ""


def named_file(given: str) -> tuple[Path, str | None]:
    """The file of `FILE` or `NAME=FILE`, and the name."""
    name, sign, path = given.partition("=")
    is_named = bool(sign) and _NAME.fullmatch(name) is not None and not Path(given).expanduser().exists()
    return Path(path if is_named else given).expanduser(), name if is_named else None


def tables_of(
    opened: QuerySession, path: Path, name: str | None = None, known: Iterable[str] = ()
) -> Iterator[Table]:
    """Tables of a file with the names under which they are to be known: `name`, else that of the file, with that of
    the table behind it where the file is a database. `opened` may open files; `known` are names of other tables.

    Raises UsageError for a file that is not there or of another kind and for a name that something else has,
    InputError where the file cannot be read, or not to its end.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    plain = path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path
    ending = plain.suffix.lower()
    base = name or re.sub(r"\W+", "_", plain.stem).strip("_") or "attached"
    base = f"_{base}" if base[0].isdigit() else base
    _set(opened, _NO_EXTENSIONS)
    try:
        if ending in _READERS:
            _refuse_taken(opened, [base], known)
            pattern, query = _only(path), _READERS[ending]
            query = _with_ids_as_text(opened, pattern) if query == _CSV else query
            yield Table(base, _whole(opened, path, query, {"path": pattern}))
        elif ending in _DATABASES and plain is path:
            yield from _of_database(opened, path, base, known)
        else:
            endings = ", ".join([*_READERS, *sorted(_DATABASES)])
            raise UsageError(f"{path.name} is no file that can be attached", f"Endings: {endings}.")
    except QueryError as error:
        raise InputError(f"{path} could not be attached: {error.message}", error.hint) from None


def _with_ids_as_text(opened: QuerySession, pattern: str) -> str:
    """Read a CSV file with ids as they stand there: `1234567e89012345` and many digits would be read as numbers, which
    are others. Ids are columns named as those of the traces, and what no amount is written like."""
    named = opened.run(_IDS)
    ids = {name for (name,) in named.rows(0, named.row_count)}
    described = opened.run(f"DESCRIBE {_CSV}", {"path": pattern})
    kinds = {name: kind for name, kind, *_ in described.rows(0, described.row_count)}
    texts = [name for name, kind in kinds.items() if name.lower() in ids or kind in _NEVER_AMOUNTS]
    numbers = [name for name, kind in kinds.items() if kind in _NUMBERS and name not in texts]
    if numbers:
        found = ", ".join(
            f"bool_or(regexp_full_match({_quoted(name)}, '{_LOOKS_LIKE_ID}'))" for name in numbers
        )
        seen = opened.run(f"SELECT {found} {_csv_with_texts([*texts, *numbers])}", {"path": pattern})
        texts += [name for name, is_id in zip(numbers, seen.rows(0, 1)[0], strict=True) if is_id]
    return _csv_with_texts(texts) if texts else _CSV


def _csv_with_texts(columns: Sequence[str]) -> str:
    types = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in columns)
    return f"FROM read_csv($path, types = {{{types}}})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _only(path: Path) -> str:
    """The path as a pattern that means this file alone."""
    return _GLOB_SIGNS.sub(lambda sign: f"[{sign[0]}]", str(path.resolve()))


def _whole(
    opened: QuerySession, path: Path, query: str, parameters: Mapping[str, str] | None = None
) -> QueryResult:
    """All rows: a part of a table would give wrong answers."""
    result = opened.run(query, parameters or {})
    if result.limit:
        opened.forget(result)
        raise InputError(
            f"{path} could not be attached: it is too large to be copied whole: {result.limit}",
            "Attach a file with fewer rows or columns.",
        )
    return result


def _refuse_taken(opened: QuerySession, names: Sequence[str], known: Iterable[str]) -> None:
    """Raise where statements could not mean a table of one of these names, or would no longer mean the traces or
    another table."""
    views = opened.run(_VIEWS)
    taken = {"shown", *(row[0] for row in views.rows(0, views.row_count))}
    others = {other.lower() for other in known}
    for name in names:
        if name.lower() in taken:
            raise UsageError(f"{name} is the name of a view of the traces", _OTHER_NAME)
        if name.lower() in others:
            raise UsageError(f"{name} is the name of another table that was attached or kept", _OTHER_NAME)
        if _OF_RESULTS.fullmatch(name):
            raise UsageError(f"{name} is a name for results that are kept", _OTHER_NAME)
        try:
            opened.statements(f"FROM {name}")
        except QueryError:
            why = f"{name} is a word of SQL, which no statement could take for a table"
            raise UsageError(why, _OTHER_NAME) from None


def _of_database(opened: QuerySession, path: Path, base: str, known: Iterable[str]) -> Iterator[Table]:
    """A view runs what whoever made the file wrote: it gets no other file."""
    quoted = str(path.resolve()).replace("'", "''")
    opened.run(f"ATTACH '{quoted}' AS attached_file (READ_ONLY)")
    _set(opened, _NO_MORE_FILES)
    found = opened.run(_TABLES)
    tables = found.rows(0, found.row_count)
    names = _distinct(base, [(schema, table) for schema, table, _ in tables])
    _refuse_taken(opened, list(names), known)
    for (name, is_plain), (schema, table, is_view) in zip(names.items(), tables, strict=True):
        escaped_schema, escaped_table = schema.replace('"', '""'), table.replace('"', '""')
        origin = "" if is_plain else f"{schema}.{table}"
        try:
            yield Table(
                name, _whole(opened, path, f'FROM attached_file."{escaped_schema}"."{escaped_table}"'), origin
            )
        except QueryError:
            if not is_view:
                raise
            yield Table(name, None, origin)


def _distinct(base: str, tables: Sequence[tuple[str, str]]) -> dict[str, bool]:
    """A name for each (schema, table), in their order, and whether it is the one that no other would have: else the
    schema stands in it, or a number behind it."""
    plain = [re.sub(r"\W+", "_", f"{base}_{table}") for _, table in tables]
    counts = Counter(name.lower() for name in plain)
    names: dict[str, bool] = {}
    used: set[str] = set()
    for name, (schema, table) in zip(plain, tables, strict=True):
        is_plain = counts[name.lower()] == 1
        if not is_plain and schema != "main":
            name = re.sub(r"\W+", "_", f"{base}_{schema}_{table}")
        ends = ("" if number == 1 else f"_{number}" for number in itertools.count(1))
        free = next(name + end for end in ends if (name + end).lower() not in used)
        used.add(free.lower())
        names[free] = is_plain and free == name
    return names


def _set(opened: QuerySession, settings: Sequence[str]) -> None:
    for setting in settings:
        opened.run(setting)
