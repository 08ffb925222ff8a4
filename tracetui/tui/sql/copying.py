"""What can be copied of a result: one value, a row, or its rows, always the original text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tracetui.tui.detail.copies import Copy
from tracetui.tui.sql.rows import is_number
from tracetui.tui.sql.tokens import text_literal

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult

MAX_ROWS = 1_000


def copies(result: QueryResult, row: int, column: int, shown: Sequence[int]) -> list[Copy]:
    """The copy menu of a cell; rows have the columns that are `shown`, in that order. Blocks."""
    value = result.cell(row, column)
    rows = [_chosen(line, shown) for line in result.rows(0, min(result.row_count, MAX_ROWS))]
    texts = [[_text(cell) for cell in line] for line in rows]
    (own,) = result.rows(row, row + 1)
    count = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    many = count if result.row_count <= MAX_ROWS else f"the first {MAX_ROWS:,} rows"
    names, kinds = _chosen(result.columns, shown), _chosen(result.types, shown)
    objects = [_json(_object(names, kinds, line)) for line in rows]
    return [
        Copy("v", "value", value or ""),
        Copy("l", "SQL literal", literal(value, result.types[column])),
        Copy("r", "row as JSON", _json(_object(names, kinds, _chosen(own, shown)))),
        Copy("t", f"{many} as TSV", _tsv(names, texts)),
        Copy("j", f"{many} as JSON", "[\n" + ",\n".join(objects) + "\n]"),
        Copy("m", f"{many} as Markdown", _markdown(names, texts)),
        Copy("c", "column names", ", ".join(names)),
    ]


def _chosen(line: Sequence[Any], columns: Sequence[int]) -> list[Any]:
    return [line[at] for at in columns]


def literal(text: str | None, kind: str) -> str:
    """A value as SQL writes it."""
    if text is None:
        return "NULL"
    if is_number(kind) or kind == "BOOLEAN":
        return text if text not in {"nan", "inf", "-inf"} else f"'{text}'::{kind}"
    if kind == "BLOB":  # a value is shown by its digits
        return f"from_hex('{text}')"
    written = text_literal(text)
    if "MAP(" in kind:  # only JSON is cast to it
        return f"({written})::JSON::{kind}"
    return written if kind == "VARCHAR" else f"({written})::{kind}"


def _object(names: list[str], kinds: list[str], row: list[Any]) -> dict[str, Any]:
    return {
        name: _parsed(value) if kind == "JSON" else value
        for name, kind, value in zip(names, kinds, row, strict=True)
    }


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.hex() if isinstance(value, bytes) else str(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict | bool):
        return _json(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(_plain(value))


def _tsv(names: list[str], rows: list[list[str]]) -> str:
    lines = [names, *rows]
    return "\n".join(
        "\t".join(" ".join(cell.split()) if "\t" in cell or "\n" in cell else cell for cell in line)
        for line in lines
    )


def _markdown(names: list[str], rows: list[list[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(_markdown_cell(cell) for cell in line)} |" for line in lines)


def _markdown_cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>")
