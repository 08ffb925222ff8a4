"""Filters as SQL: a condition over runs or spans, every value a parameter."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from tracetui.analysis import filter_grammar as grammar
from tracetui.errors import FilterError
from tracetui.sql import filter_fields as fields
from tracetui.sql.filter_fields import Field, FieldType
from tracetui.store import id_lists

_LIST = re.compile(r"@(result_\d+)\.(\w+)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_COUNT = re.compile(r"(-?\d+(?:\.\d+)?)([kKmM]?)", re.ASCII)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|min|h|d)?", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT_NS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "min": 60 * 10**9,
    "h": 3600 * 10**9, "d": 86400 * 10**9,
}  # fmt: skip
_NO_COLON = re.compile(r"([A-Za-z_]+)(>=|<=|!=|=|>|<)(.+)")
_TIMES = {"k": 10**3, "m": 10**6}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition over `r` (a row of `store.runs`) or over `n` and `p` (of `store.spans` and `store.places`), with
    the values of its parameters by name. One to be read by people is over rows `r` or `n` of the views instead."""

    sql: str
    values: Mapping[str, Any]

    def readable(self) -> str:
        """The condition with its values in their places, for people to read."""
        return re.sub(r"\$(f\d+)", lambda found: _literal(self.values[found.group(1)]), self.sql)


def run_condition(text: str, lists: Sequence[str] = ()) -> Condition:
    """A filter as a condition over runs, which may name these lists. Raises FilterError, whose message shows the place."""
    return _condition(text, of_run=True, lists=lists)


def span_condition(text: str, lists: Sequence[str] = ()) -> Condition:
    """A filter as a condition over spans, which may name these lists. Raises FilterError, whose message shows the place."""
    return _condition(text, of_run=False, lists=lists)


def readable_run_condition(text: str) -> str:
    """The same over the view `runs`, with its values in their places."""
    return _condition(text, of_run=True, tables=fields.PUBLIC).readable()


def readable_span_condition(text: str) -> str:
    """The same over the view `spans`, with its values in their places."""
    return _condition(text, of_run=False, tables=fields.PUBLIC).readable()


def _condition(
    text: str, *, of_run: bool, tables: fields.Tables = fields.BASE, lists: Sequence[str] = ()
) -> Condition:
    try:
        tree = grammar.parse(text)
        maker = _Maker(of_run, tables, lists)
        return Condition("true" if tree is None else maker.condition(tree), maker.values)
    except FilterError as error:
        shown = f"{error.message}\n  {text}\n  {' ' * error.position}^"
        raise FilterError(shown, error.position, error.hint) from None


@dataclass(slots=True)
class _Maker:
    of_run: bool
    tables: fields.Tables
    lists: Sequence[str]
    values: dict[str, Any] = field(default_factory=dict)

    def condition(self, tree: grammar.Filter) -> str:
        if isinstance(tree, grammar.AllOf):
            return "(" + " AND ".join(map(self.condition, tree.parts)) + ")"
        if isinstance(tree, grammar.AnyOf):
            return "(" + " OR ".join(map(self.condition, tree.parts)) + ")"
        if isinstance(tree, grammar.Not):
            # what is unknown does not hold, so that its opposite does
            return f"NOT coalesce({self.condition(tree.of)}, false)"
        if isinstance(tree, grammar.Word):
            _refuse_lost_colon(tree)
            where = self.tables.found_in_run if self.of_run else self.tables.found_in_span
            return self._contains(where, tree.text)
        return self._term(tree)

    def _term(self, term: grammar.Term) -> str:
        prefix, dot, key = term.field.partition(".")
        if dot and prefix.lower() in fields.PREFIXES:
            if not key.strip(".@/-"):
                raise FilterError(f"{prefix}. wants a name", term.start + len(prefix) + 1)
            return _KEYED[prefix.lower()](self, term, key)
        name = term.field.lower()
        name = fields.ALIASES.get(name, name)
        if name == fields.TEXT_FIELD:
            return self._text(term)
        known = fields.FIELDS.get(name)
        if known is None:
            raise FilterError(f"there is no field {term.field!r}", term.start, _near(term.field))
        run, span = self.tables.run_fields.get(name, known.run), self.tables.span_fields.get(name, known.span)
        own, other = (run, span) if self.of_run else (span, run)
        if own is not None:
            return self._compared(term, known, own)
        assert other is not None
        around = self.tables.spans_of_run if self.of_run else self.tables.run_of_span
        return around.format(self._compared(term, known, other))

    def _compared(self, term: grammar.Term, known: Field, value: str) -> str:
        if known.type is FieldType.CHOICE:
            return self._choice(term, known, value)
        if known.type is FieldType.TEXT:
            return self._text_value(term, value)
        return self._number(term, value, partial(_READERS[known.type], term))

    def _choice(self, term: grammar.Term, known: Field, value: str) -> str:
        choices = known.choices or {}
        if term.operator not in ("", "=", "!="):
            raise FilterError(f"{term.field} is one of a few words: it has no order", term.value_start)
        stored = []
        for said in term.values:
            if said.lower() not in choices:
                near = difflib.get_close_matches(said.lower(), choices, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"It is one of {', '.join(choices)}."
                raise FilterError(f"{term.field} is never {said!r}", term.value_start, hint)
            stored.append(self._parameter(choices[said.lower()]))
        found = f"{value} IN ({', '.join(stored)})"
        return f"NOT coalesce({found}, false)" if term.operator == "!=" else found

    def _text_value(self, term: grammar.Term, value: str) -> str:
        if term.operator not in ("", "=", "!="):
            raise FilterError(f"{term.field} is text: it has no order", term.value_start)
        tests = [self._text_test(term, value, said) for said in term.values]
        found = f"({' OR '.join(tests)})"
        return f"NOT coalesce({found}, false)" if term.operator == "!=" else found

    def _text_test(self, term: grammar.Term, value: str, said: str) -> str:
        if not term.is_exact and (named := _LIST.fullmatch(said)):
            return f"lower({value}) IN ({self._members(term, *named.groups())})"
        if term.operator:
            return f"lower({value}) = lower({self._parameter(said)})"
        if "*" in said and not term.is_exact:
            return self._fits(value, said)
        return self._contains(value, said)

    def _members(self, term: grammar.Term, result: str, column: str) -> str:
        """The values of a column of a kept result: by its name where results can be read, else a list of them."""
        if self.tables is fields.PUBLIC:
            return f"SELECT lower({column}) FROM {result}"  # noqa: S608  # both are words
        name = f"{result}.{column}"
        if name not in self.lists:
            hint = "In the SQL view, f makes a filter of a result."
            raise FilterError(f"there is no list @{name}", term.value_start, hint)
        return id_lists.members(self.lists.index(name))

    def _number(self, term: grammar.Term, value: str, read: Callable[[str], tuple[Any, Any]]) -> str:
        tests = []
        for said in term.values:
            first, dots, last = said.partition("..")
            if dots and not term.operator:
                low, high = (read(part) if part else None for part in (first, last))
                tests.append(self._between(value, low and low[0], high and high[1]))
                continue
            least, most = read(said)
            if term.operator in (">", "<="):
                tests.append(f"{value} {term.operator} {self._parameter(most)}")
            elif term.operator in ("<", ">="):
                tests.append(f"{value} {term.operator} {self._parameter(least)}")
            else:
                found = self._between(value, least, most)
                tests.append(f"NOT coalesce({found}, false)" if term.operator == "!=" else found)
        return f"({' OR '.join(tests)})"

    def _between(self, value: str, least: Any, most: Any) -> str:
        limits = [f"{value} >= {self._parameter(least)}"] if least is not None else []
        limits += [f"{value} <= {self._parameter(most)}"] if most is not None else []
        return f"({' AND '.join(limits) or 'true'})"

    def _text(self, term: grammar.Term) -> str:
        """Anything that a span holds; of runs, that one of its spans holds it."""
        if term.operator:
            raise FilterError("text is only looked through: it has no order", term.value_start)
        tests = [
            self.tables.holds_text.format(
                *(self._anywhere(term, place, said) for place in self.tables.places_of_text)
            )
            for said in term.values
        ]
        found = f"({' OR '.join(tests)})"
        return self.tables.spans_of_run.format(found) if self.of_run else found

    def _anywhere(self, term: grammar.Term, place: str, said: str) -> str:
        if term.is_exact:
            return self._contains(place, said)
        said = said.strip("*")  # anything may stand around it as it is, and patterns are slower
        return self._fits(place, f"*{said}*") if "*" in said else self._contains(place, said)

    def attribute(self, term: grammar.Term, key: str) -> str:
        value = self._json_member(self.tables.attributes, key)
        found = self.tables.has_attribute.format(self._either(term, value))
        return self.tables.spans_of_run.format(found) if self.of_run else found

    def metadata(self, term: grammar.Term, key: str) -> str:
        found = self._either(term, self._json_member("r.metadata", key))
        return found if self.of_run else self.tables.run_of_span.format(found)

    def score(self, term: grammar.Term, key: str) -> str:
        named = f"lower(c.name) = lower({self._parameter(key)})"
        value = "coalesce(c.value::VARCHAR, c.label, c.passed::VARCHAR)"
        of = self.tables.score_of_run if self.of_run else self.tables.score_of_span
        return self.tables.has_score.format(of, named, self._either(term, value))

    def _json_member(self, document: str, key: str) -> str:
        whole = self._parameter('$."' + key.replace('"', '\\"') + '"')
        parts = key.replace('"', "").split(".")
        if "" in parts:  # no path of names: one name that holds two dots
            return f"json_extract_string({document}, {whole})"
        path = self._parameter("$" + "".join(f'."{part}"' for part in parts))
        return f"coalesce(json_extract_string({document}, {whole}), json_extract_string({document}, {path}))"

    def _either(self, term: grammar.Term, value: str) -> str:
        """A value that is a number or a text, as what it is compared with says."""
        ordered = term.operator in ("<", "<=", ">", ">=")
        if ordered or any(".." in said for said in term.values):
            return self._number(term, f"try_cast({value} AS DOUBLE)", partial(_amount, term))
        return self._text_value(term, value)

    def _fits(self, value: str, said: str) -> str:
        """The whole value is what is said, where `*` stands for anything."""
        pattern = re.sub(r"([\\%_])", r"\\\1", said).replace("*", "%")
        return f"{value} ILIKE {self._parameter(pattern)} ESCAPE '\\'"

    def _contains(self, value: str, said: str) -> str:
        return f"contains(lower({value}), lower({self._parameter(said)}))"

    def _parameter(self, value: Any) -> str:
        name = f"f{len(self.values)}"
        self.values[name] = value
        return f"${name}"


_KEYED: Mapping[str, Callable[[_Maker, grammar.Term, str], str]] = {
    "attr": _Maker.attribute, "meta": _Maker.metadata, "score": _Maker.score,
}  # fmt: skip


# --- values as they are written: the least and the most that a text may mean -------------------------------------


def _count(term: grammar.Term, said: str) -> tuple[int, int]:
    found = _COUNT.fullmatch(said)
    if found is None or len(said) > 20:
        raise FilterError(f"{said!r} is no number such as 12, 10k or 1.5m", term.value_start)
    return _whole(Decimal(found.group(1)) * _TIMES.get(found.group(2).lower(), 1))


def _whole(number: Decimal) -> tuple[int, int]:
    """The whole numbers next to a number: where it is none, no whole number is both at least and at most it."""
    return math.ceil(number), math.floor(number)


def _money(term: grammar.Term, said: str) -> tuple[Decimal, Decimal]:
    try:
        number = Decimal(_plain(said.removeprefix("$")))
    except (ValueError, InvalidOperation):
        raise FilterError(f"{said!r} is no amount such as 0.10", term.value_start) from None
    if abs(number) >= 10**11:
        raise FilterError(f"{said!r} is no amount of dollars", term.value_start)
    return number, number


def _amount(term: grammar.Term, said: str) -> tuple[float, float]:
    try:
        number = float(_plain(said))
    except ValueError:
        raise FilterError(f"{said!r} is no number such as 12 or 0.5", term.value_start) from None
    if math.isinf(number):
        raise FilterError(f"{said!r} is too large a number", term.value_start)
    return number, number


def _plain(said: str) -> str:
    """The text of a number; Python would read `1_0`, `nan` and digits of other scripts as numbers too."""
    if _NUMBER.fullmatch(said) is None:
        raise ValueError(said)
    return said


def _duration(term: grammar.Term, said: str) -> tuple[int, int]:
    found = _DURATION.fullmatch(said)
    if found is None or len(said) > 20:
        raise FilterError(f"{said!r} is no duration such as 250ms, 2s or 1.5m", term.value_start)
    ns = Decimal(found.group(1)) * _UNIT_NS[found.group(2) or "s"]
    if ns >= 2**63:
        raise FilterError(f"{said!r} is longer than any run", term.value_start)
    return _whole(ns)


def _moment(term: grammar.Term, said: str) -> tuple[int, int]:
    """A time stands for all that it leaves open, as a date for its whole day; ns since 1970, UTC where no zone is said."""
    found = _MOMENT.fullmatch(said)
    try:
        first = datetime.fromisoformat(said) if found else None
    except ValueError:  # as the 30th of February
        first = None
    if found is None or first is None:
        hint = "A time may end at the hour, the minute or the second, and in a zone: 2026-03-10T10:20:04.5+01:00."
        problem = f"{said!r} is no time such as 2026-03-10 or 2026-03-10T10:20"
        raise FilterError(problem, term.value_start, hint)
    hour, minute, second, fraction = found.groups()
    if fraction:
        lasts_ns = 10 ** (9 - len(fraction))
    else:
        lasts_ns = _UNIT_NS["s" if second else "min" if minute else "h" if hour else "d"]
    first = first if first.tzinfo else first.replace(tzinfo=UTC)
    whole_s = (first - _EPOCH) // timedelta(seconds=1)
    least = whole_s * 10**9 + int((fraction or "").ljust(9, "0"))  # a datetime has no ns
    return least, least + lasts_ns - 1


_READERS: Mapping[FieldType, Callable[[grammar.Term, str], tuple[Any, Any]]] = {
    FieldType.COUNT: _count, FieldType.MONEY: _money, FieldType.DURATION: _duration, FieldType.TIME: _moment,
}  # fmt: skip


def _refuse_lost_colon(word: grammar.Word) -> None:
    """`cost>0.1` would be looked for as a text, which nobody means."""
    found = None if word.is_exact else _NO_COLON.fullmatch(word.text)
    if (
        found is None
        or fields.ALIASES.get(found.group(1).lower(), found.group(1).lower()) not in fields.FIELDS
    ):
        return
    name, operator, value = found.groups()
    meant = f"{name}:{'' if operator == '=' else operator}{value}"
    hint = f"Did you mean {meant}? In quotes it is looked for as it stands."
    raise FilterError(f"a colon follows the field {name}", word.start + len(name), hint)


def _near(name: str) -> str:
    known = [
        *fields.FIELDS,
        *fields.ALIASES,
        fields.TEXT_FIELD,
        *(f"{prefix}." for prefix in fields.PREFIXES),
    ]
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return (
        f"Fields: {', '.join(sorted({*fields.FIELDS, fields.TEXT_FIELD}))}, attr.KEY, meta.KEY, score.NAME."
    )


def _literal(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
