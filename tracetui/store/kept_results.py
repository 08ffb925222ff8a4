"""Earlier results as something that SQL can read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

from tracetui.store.column_types import KeptColumn, quoted
from tracetui.store.spool import BATCH_ROWS, reopened

_EXPORTED = "tracetui_exported"
_RAW = "tracetui_file_"


def offer(cursor: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Let statements on the cursor read an earlier result under a name, its columns of the types that they had."""
    _offer(cursor, name, path, KeptColumn.original)


def of_users(show: str) -> str:
    """A SHOW TABLES without what `offer` needs for itself."""
    return f"FROM ({show}) WHERE NOT starts_with(name, '{_RAW}')"  # a statement as typed


def typed_reader(cursor: duckdb.DuckDBPyConnection, path: Path) -> pa.RecordBatchReader:
    """The rows of an earlier result with types that other programs know from Parquet and Arrow files."""
    _offer(cursor, _EXPORTED, path, KeptColumn.for_files)
    reader: pa.RecordBatchReader = cursor.table(_EXPORTED).to_arrow_reader(BATCH_ROWS)
    return reader


def _offer(
    cursor: duckdb.DuckDBPyConnection, name: str, path: Path, typed: Callable[[KeptColumn, str], str]
) -> None:
    import pyarrow.dataset  # takes a fifth of a second, and few queries read earlier results

    rows, _ = reopened(path)
    rows.close()
    raw = f"{_RAW}{name}"
    cursor.register(raw, pyarrow.dataset.dataset([str(path)], format="ipc"))
    columns = ", ".join(
        f"{typed(column, f'#{at}')} AS {quoted(column.name)}"
        for at, column in enumerate(rows.columns, start=1)
    )
    view = f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS SELECT {columns} FROM {quoted(raw)}"  # noqa: S608  # quoted
    cursor.execute(view)
