"""SQL for the columns that attributes fill, made from the tables of `tracetui.sql.conventions`.

It asks for the attributes that a file uses, as far as samples of it show; one that asks for all of them is planned for most of a
second and runs several times as long. Where a span has another attribute, its line is read again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import duckdb

from tracetui import sql
from tracetui.sql import conventions as tables

ERROR_MESSAGE_KEY = "error.message"
_KEY = re.compile(rb'"key"\s*:\s*"([^"\\]{1,100})"')
_SLOTS = 256
_BUCKETS = 64

TEXT_KEYS = {column: keys for column, keys in tables.TEXT_KEYS.items() if column != "tool_call_id"}
"""Without the ids of tool calls, which nothing asks for before payloads are read; they would be a tenth of an index."""


def hot_keys() -> tuple[str, ...]:
    """Every attribute that fills a column, each once."""
    keys = [key for group in (TEXT_KEYS, tables.INTEGER_KEYS) for row in group.values() for key in row]
    keys += [key for _, key, _ in tables.MEMBER_SUMS]
    keys += [*tables.COST_KEYS, *(key for key, _ in tables.COST_MEMBERS)]
    keys += [*(key for key, _ in tables.TTFT_KEYS), *tables.TTFT_AT_KEYS]
    return tuple(dict.fromkeys([*keys, *run_keys()]))


def run_keys() -> tuple[str, ...]:
    """Those that a list of runs needs: kinds, agents and errors."""
    keys = [*TEXT_KEYS["agent"], *TEXT_KEYS["error_type"], ERROR_MESSAGE_KEY, tables.TOOL_STATUS_KEY]
    keys += [key for _, _, row in tables.KIND_TEXT_KEYS for key in row]
    keys += [key for key, _ in (*tables.KIND_WORDS, *tables.KIND_PRESENCE)]
    return tuple(dict.fromkeys(keys))


def keys_in_use(parts: Iterable[bytes]) -> tuple[str, ...]:
    """The attributes of `hot_keys` that parts of a file name."""
    found = {key for part in parts for key in _KEY.findall(part)}
    return tuple(key for key in hot_keys() if key.encode() in found)


def install(connection: duckdb.DuckDBPyConnection, usual: Sequence[str]) -> str:
    """Put the lookup of codes where the SQL finds it; answers the expression for the code of an attribute whose key has the hash `h`.

    Codes of usual attributes count from 1 in their order, others of `hot_keys` have 0, all the rest some number beyond 255: a slot
    holds hash XOR code, so that one look gives the code and tells the keys apart, by 56 bits of their hash: a key that was made up to
    share them passes for another until its run is read whole. The tables are small on purpose: DuckDB copies such a list for
    every vector that asks it.
    """
    order = tuple(dict.fromkeys((*usual, *hot_keys())))
    rows = connection.execute("SELECT hash(unnest(?::VARCHAR[]))", [list(order)]).fetchall()
    hashes = [int(row[0]) for row in rows]
    shift, turns, slots = next(
        (shift, *found)
        for shift in range(_BUCKETS.bit_length(), 64 - _SLOTS.bit_length())
        if (found := _slots(hashes, shift)) is not None
    )
    entries = [0] * _SLOTS
    for at, slot in enumerate(slots):
        entries[slot] = hashes[at] ^ (at + 1 if at < len(usual) else 0)
    connection.execute("SET VARIABLE index_turns = ?::UBIGINT[]", [turns])
    connection.execute("SET VARIABLE index_entries = ?::VARCHAR[]::UBIGINT[]", [list(map(str, entries))])
    turn = f"getvariable('index_turns')[(h & {_BUCKETS - 1})::BIGINT + 1]"
    return f"xor(getvariable('index_entries')[(((h >> {shift}) + {turn}) & {_SLOTS - 1})::BIGINT + 1], h)"


def _slots(hashes: Sequence[int], shift: int) -> tuple[list[int], list[int]] | None:
    """A slot of its own for each hash: the bits from `shift` on, turned on by what the bucket of its lowest bits needs."""
    buckets: dict[int, list[int]] = {}
    for hashed in hashes:
        buckets.setdefault(hashed % _BUCKETS, []).append(hashed >> shift)
    turns = [0] * _BUCKETS
    taken: set[int] = set()
    for bucket, members in sorted(buckets.items(), key=lambda item: -len(item[1])):
        for turn in range(_SLOTS):
            slots = {(member + turn) % _SLOTS for member in members}
            if len(slots) == len(members) and not slots & taken:
                break
        else:
            return None
        turns[bucket] = turn
        taken |= slots
    return turns, [((hashed >> shift) + turns[hashed % _BUCKETS]) % _SLOTS for hashed in hashes]


class Columns(Protocol):
    """SQL expressions for what the attributes of one span say."""

    @property
    def known(self) -> Collection[str]:
        """The attributes that the span may have; only these may be asked for."""

    def text(self, key: str) -> str:
        """Text value of an attribute."""

    def number(self, key: str) -> str:
        """Value of an attribute as the text of a number."""

    def integer(self, key: str) -> str:
        """Value of an attribute as an integer."""

    def is_there(self, key: str) -> str:
        """Whether the span has the attribute at all."""


class ListColumns:
    """Expressions over the list `attributes` of one span; `codes` says which they are and runs backwards."""

    def __init__(self, usual: Sequence[str]) -> None:
        self.known = usual
        self._codes = {key: code for code, key in enumerate(usual, start=1)}
        self._values: dict[str, str] = {}

    def values(self) -> str:
        """The columns that the expressions so far are made of."""
        return "".join(f", {value} AS {column}" for column, value in self._values.items())

    def text(self, key: str) -> str:
        """Text value of an attribute."""
        return self._value("text", key, "CASE WHEN {at} > 0 THEN index_text(attributes[-{at}].value) END")

    def number(self, key: str) -> str:
        """Value of an attribute as the text of a number."""
        return self._value("number", key, "CASE WHEN {at} > 0 THEN index_figure(attributes[-{at}].value) END")

    def integer(self, key: str) -> str:
        """Value of an attribute as an integer."""
        return self._value("integer", key, f"index_integer({self.number(key)})")

    def is_there(self, key: str) -> str:
        """Whether the span has the attribute at all."""
        return self._at(key) + " > 0"

    def _at(self, key: str) -> str:
        code = self._codes[key]
        return self._column(f"at_{code}", f"list_position(codes, {code}::UBIGINT)")

    def _value(self, what: str, key: str, value: str) -> str:
        return self._column(f"{what}_{self._codes[key]}", value.format(at=self._at(key)))

    def _column(self, name: str, value: str) -> str:
        self._values.setdefault(name, value)
        return name


def fill(text: str, columns: Columns) -> str:
    """SQL with everything that attributes say filled in at its marks."""
    return marked(
        text.replace("/*attributes*/", sql.text("index/attributes")),
        {
            "said": ",\n        ".join(f"{said} AS {column}" for column, said in _said(columns)),
            "kind_original": _kind_original(columns),
            "kind_said": _kind_said(columns),
            "kind_names": "".join(f" WHEN {quoted(name)} THEN '{kind}'" for name, kind in tables.KIND_NAMES),
            "kind_refined": _kind_refined(),
            "otel_kind": OTEL_KIND,
            "interrupts": "(" + ", ".join(quoted(word) for word in sorted(tables.INTERRUPT_TYPES)) + ")",
            "interrupt_pattern": tables.INTERRUPT_IN_MESSAGE.replace("'", "''"),
            "error_pattern": tables.ERROR_IN_MESSAGE.replace("'", "''"),
            "by_kind": ",\n        ".join(_by_kind(columns)),
        },
    )


def marked(text: str, parts: Mapping[str, str]) -> str:
    """SQL with the marks `/*name*/` replaced."""
    for mark, part in parts.items():
        text = text.replace(f"/*{mark}*/", part)
    return text


OTEL_KIND = (
    "CASE otel_kind"
    + "".join(f" WHEN '{number}' THEN {quoted_word}" for number, quoted_word in enumerate(
        "NULL" if word is None else f"'{word}'" for word in tables.OTEL_KINDS))
    + " ELSE nullif(nullif(regexp_replace(regexp_replace(upper(nullif(regexp_replace(otel_kind, '^[-0-9.]+$', ''), '')),"
    " '^.*[.]', ''), '^SPAN_KIND_', ''), ''), 'UNSPECIFIED') END"
)  # fmt: skip
"""OpenTelemetry's bare kind word of the column `otel_kind`; numbers beyond the known ones say nothing."""


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def coalesced(parts: Sequence[str]) -> str:
    """The first part that is not NULL."""
    return f"coalesce({', '.join(parts)})" if len(parts) > 1 else (parts or ["NULL"])[0]


def _said(columns: Columns) -> list[tuple[str, str]]:
    """Columns that follow from attributes alone, with their expressions."""
    found = []
    for column, keys in TEXT_KEYS.items():
        texts = _providers if column == "provider" else _texts
        said = "said_error_type" if column == "error_type" else column
        found.append((said, texts(columns, keys) + "::VARCHAR"))
    found += [(column, _integer(columns, column) + "::BIGINT") for column in tables.INTEGER_KEYS]
    return [
        *found,
        ("cost_usd", _cost(columns) + "::DECIMAL(24, 12)"),
        ("is_usage_read", _is_usage_read(columns) + "::BOOLEAN"),
        ("usage_semantics", _semantics(columns) + "::VARCHAR"),
        ("ttft_ns", _ttft(columns) + "::BIGINT"),
        ("said_error_message", _texts(columns, (ERROR_MESSAGE_KEY,)) + "::VARCHAR"),
        ("tool_status", _texts(columns, (tables.TOOL_STATUS_KEY,)) + "::VARCHAR"),
    ]


def _texts(columns: Columns, keys: tables.Keys) -> str:
    return coalesced([columns.text(key) for key in keys if key in columns.known])


def _providers(columns: Columns, keys: tables.Keys) -> str:
    return coalesced([_provider(columns, key) for key in keys if key in columns.known])


def _provider(columns: Columns, key: str) -> str:
    word = f"lower({columns.text(key)})"
    frameworks = "".join(f" WHEN {quoted(name)} THEN NULL" for name in sorted(tables.NOT_PROVIDERS))
    return f"CASE {word}{frameworks} ELSE {word} END"  # an IN list of this length would become a join


def _integer(columns: Columns, column: str) -> str:
    parts = [columns.integer(key) for key in tables.INTEGER_KEYS[column] if key in columns.known]
    for of, key, members in tables.MEMBER_SUMS:
        if of == column and key in columns.known:
            paths = ", ".join(quoted(f'$."{member}"') for member in members)
            parts.append(f"index_member_sum({columns.text(key)}, [{paths}])")
    return coalesced(parts)


def _semantics(columns: Columns) -> str:
    there = "".join(
        f" WHEN {columns.integer(key)} <> 0 THEN {quoted(tables.CONVENTION)}"
        for key in tables.WITHIN_INPUT_KEYS
        if key in columns.known
    )
    return f"CASE{there} END" if there else "NULL"


def _cost(columns: Columns) -> str:
    parts = [f"index_cost({columns.number(key)})" for key in tables.COST_KEYS if key in columns.known]
    for key, member in tables.COST_MEMBERS:
        if key in columns.known:
            path = quoted(f'$."{member}"')
            parts.append(f"index_cost(index_member({columns.text(key)}, {path}))")
    return coalesced(parts)


def _is_usage_read(columns: Columns) -> str:
    """Whether every figure that the attributes give is one; the others are for the full reader, which tells them."""
    parsed = [
        (key, columns.integer(key))
        for keys in tables.INTEGER_KEYS.values()
        for key in keys
        if key in columns.known
    ]
    parsed += [
        (key, f"index_cost({columns.number(key)})") for key in tables.COST_KEYS if key in columns.known
    ]
    odd = [f"({columns.is_there(key)} AND {value} IS NULL)" for key, value in dict(parsed).items()]
    for macro, members_of in (
        ("index_counts_read", tables.COUNT_MEMBERS), ("index_costs_read", tables.COST_MEMBERS_OF),
    ):  # fmt: skip
        for key, members in members_of.items():
            if key in columns.known:
                paths = ", ".join(quoted(f'$."{member}"') for member in members)
                read = f"{macro}({columns.text(key)}, [{paths}])"
                odd.append(f"({columns.is_there(key)} AND NOT coalesce({read}, false))")
    return f"NOT coalesce({' OR '.join(odd)}, false)" if odd else "true"


def _ttft(columns: Columns) -> str:
    parts = [
        f"index_ttft({columns.number(key)}, {unit_ns})"
        for key, unit_ns in tables.TTFT_KEYS
        if key in columns.known
    ]
    parts += [
        f"index_ttft_at({columns.text(key)}, start_ns)" for key in tables.TTFT_AT_KEYS if key in columns.known
    ]
    return coalesced(parts)


def _kind_original(columns: Columns) -> str:
    keys = dict.fromkeys(key for key, _ in tables.KIND_WORDS if key in columns.known)
    return coalesced([columns.text(key) for key in keys])


def _kind_said(columns: Columns) -> str:
    parts = []
    for key, words in tables.KIND_WORDS:
        if key in columns.known:
            names, kinds = (", ".join(quoted(str(part)) for part in row) for row in (words, words.values()))
            parts.append(f"map([{names}], [{kinds}])[index_word({columns.text(key)})]")
    there = "".join(
        f" WHEN {columns.is_there(key)} THEN '{kind}'"
        for key, kind in tables.KIND_PRESENCE
        if key in columns.known
    )
    return coalesced([*parts, *([f"CASE{there} END"] if there else [])])


def _kind_refined() -> str:
    return "".join(
        f" WHEN said_kind = '{of}' AND starts_with(name, {quoted(prefix)}) THEN '{to}'"
        for of, prefix, to in tables.KIND_REFINED
    )


def _by_kind(columns: Columns) -> list[str]:
    found = []
    for kind, column, keys in tables.KIND_TEXT_KEYS:
        said = _texts(columns, keys)
        found.append(f"coalesce({column}, CASE WHEN kind = '{kind}' THEN {said} END) AS {column}")
    return found
