"""`tracetui cache`: the databases kept of large sources."""

from __future__ import annotations

import click

from tracetui.cli.options import as_json


@click.command()
@click.argument("action", type=click.Choice(["list", "clear"]), default="list")
@as_json
def command(action: str, as_json: bool) -> None:
    """List or clear what is kept of large sources.

    A large source is loaded once and its database kept, so that it opens at once the next time.
    """
    from tracetui.cli.output import print_json_rows, print_lines
    from tracetui.cli.table import Column, table_lines
    from tracetui.render import text
    from tracetui.render.safe import safe
    from tracetui.store import cache

    entries = sorted(cache.entries(), key=lambda entry: entry.used_ns, reverse=True)
    if action == "clear":
        for entry in entries:
            cache.remove(entry.path)
    if as_json:
        print_json_rows(
            {
                "path": str(entry.path),
                "size_bytes": entry.size_bytes,
                "used_at": text.timestamp(entry.used_ns),
            }
            for entry in entries
        )
        return
    rows = (
        [safe(str(entry.path)), text.size(entry.size_bytes), text.date_time(entry.used_ns)]
        for entry in entries
    )
    print_lines(
        table_lines((Column("database"), Column("size", align_right=True), Column("used (UTC)")), rows, None)
    )
    _tell_sum(len(entries), sum(entry.size_bytes for entry in entries), action)


def _tell_sum(count: int, size_bytes: int, action: str) -> None:
    from tracetui.cli.output import talk
    from tracetui.render import text

    what = f"{count:,} database{'' if count == 1 else 's'}, {text.size(size_bytes)}"
    talk(f"removed: {what}" if action == "clear" else what)
