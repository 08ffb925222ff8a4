"""What money is told apart by, as SQL: said once, over base tables to be run or over the public views to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_RUN, _CALL, _SPAN, _TIER, _TOOL = "run", "call", "span", "tier", "tool"
_KEYS: Mapping[str, tuple[str, str]] = {
    "model": ("{figures}.model", _RUN), "provider": ("{figures}.provider", _RUN), "tier": ("{tiers}.service_tier", _TIER),
    "agent": ("{agent}", _RUN), "tool": ("tool.name", _TOOL),
    "step": ("coalesce({spans}.tool_name, {spans}.name)", _SPAN), "run": ("r.run_id", _RUN), "session": ("r.session_id", _RUN),
    "user": ("r.user_id", _RUN), "tag": ("unnest(CASE WHEN len(r.tags) > 0 THEN r.tags ELSE [NULL] END)", _RUN),
    "environment": ("r.environment", _RUN), "version": ("r.version", _RUN),
    **dict.fromkeys(("day", "hour", "minute"), ("{started}", _CALL)), "bucket": ("{figures}.bucket", _RUN),
}  # fmt: skip
"""Each dimension with its expression and the table that it needs beside figures and runs."""
_TIMES: Mapping[str, str] = {"day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00", "minute": "%Y-%m-%d %H:%M"}
"""How the parts of a moment are written."""


@dataclass(frozen=True, slots=True)
class KeyTables:
    """Names of the tables that expressions speak of, the moment and agent of a call, and how tables are joined where they are needed."""

    figures: str
    calls: str
    spans: str
    tiers: str
    started: str
    agent: str
    joins: Mapping[str, str]

    def key(self, dimension: str) -> str:
        """The expression of a dimension."""
        expression, _ = _KEYS[dimension]
        names = {
            "figures": self.figures,
            "calls": self.calls,
            "spans": self.spans,
            "tiers": self.tiers,
            "agent": self.agent,
        }
        return written(dimension, expression.format(**names, started=self.started))

    def group(self, dimension: str) -> str:
        """What stands for the dimension while rows are grouped, which `written` turns into it: text takes longer."""
        return f"date_trunc('{dimension}', {self.started})" if dimension in _TIMES else self.key(dimension)

    def joins_of(self, dimensions: Iterable[str]) -> list[str]:
        """The joins that these dimensions need, each once."""
        needs = (_KEYS[dimension][1] for dimension in dimensions)
        return list(dict.fromkeys(self.joins[need] for need in needs if need in self.joins))


def written(dimension: str, moment: str) -> str:
    """A moment as its dimension says it; what is none stays as it is."""
    return f"strftime({moment}, '{_TIMES[dimension]}')" if dimension in _TIMES else moment


BASE = KeyTables(
    "f", "f", "s", "f", "make_timestamp_ns(coalesce(f.start_ns, r.start_ns))",
    "nullif(coalesce(f.agent, r.agent), '')",
    # the innermost tool that the call was made for, or the tool itself
    {_SPAN: "JOIN store.spans AS s ON s.span_key = f.span_key", _TOOL: """LEFT JOIN (
        SELECT p.span_key, coalesce(t.tool_name, t.name) AS name
        FROM store.places AS p JOIN store.spans AS t ON t.span_key = p.tool_key) AS tool ON tool.span_key = f.span_key"""},
)  # fmt: skip
"""The tables of `sql/money/table.sql`."""
VIEWS = KeyTables(
    "c", "n", "n", "k", "coalesce(n.started_at, r.started_at)", "c.agent",
    {
        **dict.fromkeys((_CALL, _SPAN), "JOIN spans AS n USING (run_id, span_id)"),
        _TIER: "LEFT JOIN (SELECT run_id, span_id, service_tier FROM llm_calls) AS k USING (run_id, span_id)",
        _TOOL: """LEFT JOIN (
    SELECT p.run_id, p.span_id, arg_max(coalesce(t.tool_name, t.name), t.depth) AS name
    FROM spans AS p JOIN spans AS t ON t.run_id = p.run_id AND t.position <= p.position AND p.position < t.subtree_end
    WHERE t.kind = 'TOOL' GROUP BY ALL) AS tool USING (run_id, span_id)""",
    },
)  # fmt: skip
