"""The docs are true: generated pages are current, commands in them are the ones that are run, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES
from tests.project import pages
from tracetui import sql
from tracetui.formats import known_formats

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)")
_SHELL_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("cli.md", pages.cli_page),
        ("sql.md", pages.sql_page),
        ("python-api.md", pages.python_page),
        ("formats.md", pages.formats_page),
        ("filter.md", pages.filter_page),
        ("queries.md", pages.queries_page),
    ],
)
def test_generated_page_is_current(name: str, made: pages.Page) -> None:
    assert (pages.DOCS / name).read_text(encoding="utf-8") == made(), "run `python -m tests.project.pages`"


def test_every_format_has_a_page_and_a_sample() -> None:
    names = {known.name for known in known_formats()}
    assert {page.stem for page in (ROOT / "docs" / "formats").glob("*.md")} == names
    headings = ("**How to get one.**", "**Recognised by**", "**Mapped.**", "**Lost.**")
    texts = {name: (ROOT / "docs" / "formats" / f"{name}.md").read_text(encoding="utf-8") for name in names}
    assert [(name, heading) for name in names for heading in headings if heading not in texts[name]] == []
    assert sorted(name for name in names if not any((SAMPLES / name).iterdir())) == []


def test_every_view_and_column_is_described() -> None:
    page = pages.sql_page()
    undescribed = [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert undescribed == []
    assert [f"## {name}" in page.splitlines() for name in sql.view_names()] == [True] * len(sql.view_names())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_no_machine(page: Path) -> None:
    assert re.findall(r"(?<!\w)/(?:work|root|home|opt|tmp)/\S*", page.read_text(encoding="utf-8")) == []


def test_readme_has_one_command_that_passes_the_tests_and_the_check_script_runs_it_last() -> None:
    commands = _shell_lines((ROOT / "README.md").read_text(encoding="utf-8"))
    test_commands = [line for line in commands if "pytest" in line]
    assert len(test_commands) == 1
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == test_commands[0]


def test_readme_has_one_command_that_opens_the_samples_on_a_fresh_machine() -> None:
    commands = _shell_lines((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [line for line in commands if line.endswith("tracetui demo")] == [
        "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/tracetui demo"
    ]


def test_lock_is_exact_hashed_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    requirements = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert requirements
    assert [line for line in requirements if not re.match(r"[a-z0-9-]+==[\w.]+( ;.*)? \\$", line)] == []
    assert re.findall(r"https?:|file:|index-url|find-links|^/", lock, re.MULTILINE) == []
    assert lock.count("--hash=sha256:") >= len(requirements)


def _shell_lines(page: str) -> list[str]:
    return [
        line.strip() for block in _SHELL_BLOCK.findall(page) for line in block.splitlines() if line.strip()
    ]
