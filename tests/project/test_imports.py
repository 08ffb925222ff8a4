"""What is imported when: start-up stays light, and imports point down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tracetui
from tests.conftest import ROOT

HEAVY = ("duckdb", "pyarrow", "textual", "rich", "orjson", "asyncio")
_REPORT = """
import json, sys
{statement}
print(json.dumps(sorted(name for name in {heavy!r} if name in sys.modules)))
"""
_COMMAND = "from tracetui.cli.ending import run; status = run({arguments!r}); assert status == 0, status"


def _heavy_modules_after(statement: str) -> list[str]:
    script = _REPORT.format(statement=statement, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


@pytest.mark.parametrize(
    "statement",
    [
        "import tracetui",
        "import tracetui; tracetui.SpanKind, tracetui.UsageError, dir(tracetui)",
        _COMMAND.format(arguments=["--version"]),
        _COMMAND.format(arguments=["--help"]),
        _COMMAND.format(arguments=["show", "--help"]),
    ],
)
def test_start_loads_nothing_heavy(statement: str) -> None:
    assert _heavy_modules_after(statement) == []


def test_headless_commands_load_no_textual() -> None:
    arguments = ["runs", str(ROOT / "sample_traces" / "otlp"), "--json"]
    assert "textual" not in _heavy_modules_after(_COMMAND.format(arguments=arguments))


def test_every_public_name_resolves() -> None:
    assert [name for name in tracetui.__all__ if getattr(tracetui, name, None) is None] == []
    assert set(tracetui.__all__) <= set(dir(tracetui))
    assert tracetui.__version__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        tracetui.no_such_name  # noqa: B018 - the access is what is tested


def test_import_contracts_hold() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
