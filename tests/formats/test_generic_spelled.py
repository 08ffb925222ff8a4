"""Figures and moments as people and spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loading.dumps import load
from tracetui.formats.generic_spelled import moment_ns, number_in, spelled_s
from tracetui.model import JsonValue


@pytest.mark.parametrize(
    ("value", "number", "seconds"),
    [
        ("1,25", 1.25, None),
        ("0,125", 0.125, None),
        ("1,234", None, None),
        ("1.5", 1.5, None),
        ("PT1M2.25S", None, 62.25),
        ("P1DT2H", None, 93_600),
        ("P", None, None),
        ("PT", None, None),
        ("00:01:01.5", None, 61.5),
        ("500 ms", None, 0.5),
        ("2min", None, 120),
        (["PT1S"], None, None),
        (True, None, None),
    ],
)
def test_numbers_and_lengths(value: JsonValue, number: float | None, seconds: float | None) -> None:
    assert (number_in(value), spelled_s(value)) == (number, seconds)


def test_days_before_months_are_days() -> None:
    assert moment_ns("3.11.2026 8:15:02,5") == moment_ns("2026-11-03T08:15:02.5Z")
    assert moment_ns("23.11.2026") == moment_ns("2026-11-23")
    assert moment_ns("11.23.2026") is None


def test_a_spreadsheet_with_decimal_commas_is_runs_with_times_and_costs(tmp_path: Path) -> None:
    path = tmp_path / "ausgabe.csv"
    path.write_text(
        "Lauf;Schritt;Zeitpunkt;Dauer (s);Modell;Eingabe;Ausgabe;Kosten;Status\n"
        "A1;1;23.11.2026 08:15:02;1,25;m;Wie ist das Wetter?;Schön;0,0021;ok\n"
        "A1;2;23.11.2026 08:15:04;0,40;;Bonn;;0;Fehler\n"
        "B2;1;23.11.2026 09:00:00;0,90;m;Hallo;Hallo!;0,0007;ok\n",
        encoding="utf-8",
    )
    with load(path) as db:
        asked = "SELECT duration_ns, status FROM spans WHERE parent_id IS NOT NULL ORDER BY start_ns LIMIT 2"
        assert db.read(asked).rows(0, 2) == [(1_250_000_000, "ok"), (400_000_000, "error")]
        assert {run.trace_id: str(run.cost_usd)[:6] for run in db.runs()} == {"A1": "0.0021", "B2": "0.0007"}
