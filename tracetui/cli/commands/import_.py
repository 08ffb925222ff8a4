"""`tracetui import`: what was loaded and what was not, and a database to keep when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracetui.cli.loading import LoadRequest, loaded, with_prices
from tracetui.cli.options import as_json, loads_paths, wide
from tracetui.cli.writing import refuse_output, written
from tracetui.errors import InputError, UsageError

if TYPE_CHECKING:
    from tracetui.api import TraceDB
    from tracetui.read_model import Added


@click.command(name="import")
@loads_paths
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="X.duckdb",
    help="Keep everything loaded as this database, with what it holds already.",
)
@click.option("--overwrite", is_flag=True, help="Make X.duckdb anew where it exists.")
@click.option(
    "--show-map",
    is_flag=True,
    help="Print what the columns of a home-made log are taken for, as TOML for --map.",
)
@click.option("--all", "every", is_flag=True, help="List every import issue, not one line for each kind.")
@as_json
@wide
def command(
    request: LoadRequest,
    into: Path | None,
    overwrite: bool,
    show_map: bool,
    every: bool,
    as_json: bool,
    wide: bool,
) -> None:
    """Account for every source and import issue.

    For each source, records read = loaded + merged + skipped. A database that is kept opens at once: `tracetui
    X.duckdb`, and in any DuckDB client, with the same views. Of files that are added to it, those that it holds are
    not read again, and those that changed take the place of what they were.
    """
    if into is not None:
        _refuse_database(into)
    request = request._replace(
        full=request.full or into is not None,
        may_be_empty=into is None,
        kept_as=into,
        is_anew=overwrite,
    )
    with loaded(request, stage="full" if show_map else "tree") as db:
        if into is not None:
            _keep(db, into, request.quiet)
        if show_map:
            _print_maps(db, request)
        elif as_json:
            _print_json(db)
        else:
            _print_tables(db, wide, request.quiet, every=every)
        if not db.has_records():
            raise InputError("nothing could be loaded", "`tracetui formats` lists what is recognised.")


def _refuse_database(into: Path) -> None:
    if into.suffix.lower() != ".duckdb":
        raise UsageError(
            f"{into} is no name of a database", "End it in .duckdb; `tracetui export` writes other files."
        )
    if into.is_dir():
        raise UsageError(f"{into} is a folder")
    refuse_output(into, overwrite=True)


def _keep(db: TraceDB, into: Path, quiet: bool) -> None:
    from tracetui.cli.output import talk
    from tracetui.render.safe import safe

    added = db.added
    if added is None or added.changed or added.new:
        with_prices(db, ())
        written(db, into)
    if not quiet:
        told = "" if added is None else f": {_told(added)}"
        talk(f"kept in {safe(str(into))}{safe(told)}")


def _told(added: Added) -> str:
    """What became of the files that were added."""
    counts = ((added.unchanged, "held already"), (added.changed, "replaced"), (added.new, "new"))
    files = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "no files"
    whole = f"; trace {added.shared} goes on in several, so that all were read anew" if added.shared else ""
    return files + whole


def _print_maps(db: TraceDB, request: LoadRequest) -> None:
    from tracetui.api import mapping
    from tracetui.cli.map_lines import map_lines
    from tracetui.cli.output import print_lines, talk
    from tracetui.render.safe import safe

    for source in db.sources():
        if source.format == mapping.GENERIC:
            print_lines(map_lines(mapping.mapped_source(db, source.source)))
        elif not request.quiet:
            talk(f"{safe(source.source)}: read as {safe(source.format or 'nothing')}, which needs no mapping")


def _print_json(db: TraceDB) -> None:
    from tracetui.cli.import_rows import issue_row, source_row
    from tracetui.cli.output import print_json

    print_json({
        "sources": [source_row(source) for source in db.sources()],
        "import_issues": [issue_row(issue) for issue in db.issues()],
    })  # fmt: skip


def _print_tables(db: TraceDB, wide: bool, quiet: bool, *, every: bool) -> None:
    from tracetui.cli import import_rows
    from tracetui.cli.output import print_fitted_table, print_lines, talk
    from tracetui.render.accounts import folded, sources_account
    from tracetui.render.issue_rows import IssueRow, issue_rows

    sources, issues = db.sources(), db.issues()
    source_rows = [import_rows.source_cells(source) for source in folded(sources)]
    print_fitted_table(
        import_rows.SOURCE_COLUMNS, source_rows, import_rows.LEFT_OUT_FIRST, wide=wide, quiet=quiet
    )
    print_lines([sources_account(sources)])
    if issues:
        print_lines([""])
        found = [IssueRow(issue) for issue in issues] if every else issue_rows(issues, ())
        cells = [import_rows.issue_cells(row) for row in found]
        print_fitted_table(import_rows.ISSUE_COLUMNS, cells, (), wide=wide, quiet=quiet)
        if len(found) < len(issues) and not quiet:
            talk(f"{len(issues):,} issues of {len(found):,} kinds; --all lists every one")
