"""How a column of a query's result is kept in an Arrow file: exactly, as text where Arrow or Python would round."""

from __future__ import annotations

import re
from dataclasses import dataclass

from duckdb.sqltypes import DuckDBPyType

_MOST_LEVELS = 20
_KEPT_AS_THEY_ARE = frozenset((
    "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "float",
    "double", "varchar", "decimal", "blob",
))  # fmt: skip
_JSON = "JSON"
_WIDE_INTEGERS = frozenset(("hugeint", "uhugeint", "bignum"))
WIDEST_IN_FILES = "DECIMAL(38,0)"
"""What other programs read of whole numbers beyond 64 bits: 38 digits."""
_DATED = re.compile(r"TIMESTAMP(_NS|_MS|_S)?|TIMESTAMP WITH TIME ZONE|DATE|TIME")
_IN_FILES = {"HUGEINT": WIDEST_IN_FILES, "UHUGEINT": WIDEST_IN_FILES}


@dataclass(frozen=True, slots=True)
class KeptColumn:
    """A column under the name that it has in the result, its type in DuckDB's words and the type that it is kept as."""

    name: str
    type: str
    kept_as: str

    def stored(self, reference: str) -> str:
        """SQL that gives the column the type that it is kept as."""
        return reference if self.kept_as == self.type else f"CAST({reference} AS {self.kept_as})"

    def original(self, reference: str) -> str:
        """SQL that gives the kept column its type back."""
        return reference if self.kept_as == self.type else f"CAST({reference} AS {self.type})"

    def for_files(self, reference: str) -> str:
        """SQL for what other programs can read in Parquet and Arrow: moments and whole numbers as such, else as kept."""
        kind = self.type if _DATED.fullmatch(self.type) else _IN_FILES.get(self.type)
        return reference if kind is None else f"CAST({reference} AS {kind})"


def kept_columns(names: list[str], types: list[DuckDBPyType]) -> list[KeptColumn]:
    """The columns of a result, each name once: a second `a` is `a_1`."""
    return [
        KeptColumn(name, str(kind).replace('"NULL"', "VARCHAR"), _kept_as(kind, 0))
        for name, kind in zip(_unique(names), types, strict=True)
    ]


def _kept_as(kind: DuckDBPyType, level: int) -> str:
    family = kind.id
    if str(kind) == _JSON:  # text to DuckDB's own types, and to Arrow, which forgets the name
        return "VARCHAR"
    if family in _KEPT_AS_THEY_ARE:
        return str(kind)
    if family in _WIDE_INTEGERS and level:
        return WIDEST_IN_FILES
    if level == _MOST_LEVELS:
        return "VARCHAR"
    if family in {"list", "array"}:
        return f"{_kept_as(_child(kind, 0), level + 1)}[]"
    if family == "struct":
        names = [name for name, _ in kind.children]
        fields = [f"{quoted(name)} {_kept_as(_child(kind, at), level + 1)}" for at, name in enumerate(names)]
        return f"STRUCT({', '.join(fields)})"
    if family == "map" and _child(kind, 0).id in _KEPT_AS_THEY_ARE:
        return f"MAP({_kept_as(_child(kind, 0), level + 1)}, {_kept_as(_child(kind, 1), level + 1)})"
    return "VARCHAR"


def _child(kind: DuckDBPyType, position: int) -> DuckDBPyType:
    child = kind.children[position][1]
    assert isinstance(child, DuckDBPyType)
    return child


def _unique(names: list[str]) -> list[str]:
    unique: list[str] = []
    taken: set[str] = set()
    for name in names:
        candidate, number = name, 0
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate.casefold())
        unique.append(candidate)
    return unique


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
