"""Traces written as indented lines."""

from __future__ import annotations

from dataclasses import dataclass

from tracetui.analysis import endings, roles
from tracetui.analysis.forest import Forest, SpanRow, grow


@dataclass(frozen=True)
class Case:
    """A trace written as indented lines: `kind name [status] [!error] [$] @start-end`."""

    rows: list[SpanRow]
    forest: Forest

    def named(self, node: int | None) -> str | None:
        return None if node is None else self.rows[node].span_id

    def end(self) -> endings.RunEnd:
        root = self.forest.roots[0]
        return endings.run_end(
            root, self.forest.order[: self.forest.subtree_end[root]], self.rows, self.forest
        )

    def steps(self) -> dict[str, int]:
        numbers = roles.steps(self.rows, self.forest)
        return {row.span_id: number for row, number in zip(self.rows, numbers, strict=False) if number}


def trace(text: str) -> Case:
    rows: list[SpanRow] = []
    above: list[tuple[int, str]] = []
    for key, line in enumerate(line for line in text.splitlines() if line.strip()):
        depth = len(line) - len(line.lstrip())
        kind, name, *rest = line.split()
        above = [entry for entry in above if entry[0] < depth]
        start, _, end = next((word[1:] for word in rest if word.startswith("@")), f"{key * 10}-").partition(
            "-"
        )
        status = next(
            (word for word in rest if word in ("ok", "error", "interrupted", "unfinished")), "unset"
        )
        error = next((word[1:] for word in rest if word.startswith("!")), "")
        operation = name.split("/")[0]
        rows.append(
            SpanRow(key, name, above[-1][1] if above else None, int(start), int(end or int(start) + 5), kind, status,
                    operation, error, "$" in rest))  # fmt: skip
        above.append((depth, name))
    return Case(rows, grow(rows))
