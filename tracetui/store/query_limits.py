"""How much a query that a person typed may take of the machine."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Bounds of one query worker; a result that reaches one ends there and says so, or the query fails with its name.

    `memory_bytes` is what DuckDB may take, `address_space_bytes` what the whole process may, `spill_bytes` what it
    may put on disk while it works where files are open to it, `result_bytes` and `rows` how large one result may grow. After `seconds` a query
    is cancelled; None lets it run.
    """

    memory_bytes: int = 2048 * _MIB
    address_space_bytes: int = 6144 * _MIB
    spill_bytes: int = 4096 * _MIB
    result_bytes: int = 8192 * _MIB
    rows: int = 50_000_000
    seconds: float | None = 600.0
    threads: int = 2
