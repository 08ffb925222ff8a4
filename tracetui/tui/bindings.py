"""The one table of keys: footer, help, palette, docs/keys.md and the user's keymap all read it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from textual.binding import Binding, BindingType

from tracetui.render.signs import ASCII, UNICODE, legend


class Scope(StrEnum):
    """Where a key works: everywhere, in any list, in the run tree, or in one view."""

    APP = "Everywhere"
    LIST = "Lists, trees and text"
    TREE = "Run tree"
    SEARCH = "Search"
    RUNS = "Runs"
    RUN = "Run"
    COMPARE = "Compare"
    MEMORY = "Memory"
    COST = "Cost"
    SQL = "SQL"
    RESULT = "Result of SQL"
    IMPORTS = "Import"


class Key(NamedTuple):
    """One line of the table. `keys` are Textual key names joined by commas, `action` is a Textual action string.

    `label` is the footer's short word (None: not in the footer); `is_command` puts it in the palette.
    `is_priority` keys work even while an input has focus, so they are never letters.
    """

    id: str
    keys: str
    action: str
    description: str
    scope: Scope
    label: str | None = None
    is_command: bool = True
    is_priority: bool = False


KEYS: tuple[Key, ...] = (
    Key("view.runs", "1", "app.show_view('runs')", "Runs: which run to look at", Scope.APP),
    Key("view.run", "2", "app.show_view('run')", "Run: the tree of one run", Scope.APP),
    Key("view.compare", "3", "app.show_view('compare')", "Compare: two runs step by step", Scope.APP),
    Key("view.memory", "4", "app.show_view('memory')", "Memory: what the run remembered, and who wrote it", Scope.APP),
    Key("view.cost", "5", "app.show_view('cost')", "Cost: what was paid and for what", Scope.APP),
    Key("view.sql", "6", "app.show_view('sql')", "SQL: ask anything over the same data", Scope.APP),
    Key("view.imports", "7", "app.show_view('imports')", "Import: what was loaded and what was not", Scope.APP),
    Key("app.help", "question_mark,f1", "app.keys_help", "Help: all keys", Scope.APP, "help"),
    Key("app.palette", "ctrl+p", "app.command_palette", "Palette: every action by name", Scope.APP, is_command=False, is_priority=True),
    Key("app.command", "colon", "app.command_line", "Command line", Scope.APP, "command"),
    Key("app.sql", "semicolon", "app.ask_sql", "SQL, with the query behind this view", Scope.APP, "SQL"),
    Key("app.theme", "f9", "app.change_theme", "Choose the theme", Scope.APP),
    Key("app.back", "q", "app.view_back", "Back; at the first screen, quit", Scope.APP, "back", is_command=False),
    Key("app.escape", "escape", "app.escape", "One level back; cancels what is running", Scope.APP, is_command=False),
    Key("app.cancel", "ctrl+c", "app.cancel_load", "Cancel the query; stop the loading, keeping what was read", Scope.APP, is_priority=True),
    Key("app.quit", "ctrl+q", "app.quit", "Quit", Scope.APP, is_priority=True),
    # lists
    Key("list.down", "j,down", "cursor_down", "Down", Scope.LIST, is_command=False),
    Key("list.up", "k,up", "cursor_up", "Up", Scope.LIST, is_command=False),
    Key("list.first", "g,home", "cursor_first", "First", Scope.LIST, is_command=False),
    Key("list.last", "G,end", "cursor_last", "Last", Scope.LIST, is_command=False),
    Key("list.half_down", "ctrl+d", "half_page_down", "Half a page down", Scope.LIST, is_command=False),
    Key("list.half_up", "ctrl+u", "half_page_up", "Half a page up", Scope.LIST, is_command=False),
    Key("list.page_down", "pagedown", "page_down", "Page down", Scope.LIST, is_command=False),
    Key("list.page_up", "pageup", "page_up", "Page up", Scope.LIST, is_command=False),
    Key("list.left", "left", "scroll_columns_left", "Left, where a list is wider than the screen", Scope.LIST, is_command=False),
    Key("list.right", "right", "scroll_columns_right", "Right, where a list is wider than the screen", Scope.LIST, is_command=False),
    Key("list.enter", "enter", "go_in", "Go in", Scope.LIST, is_command=False),
    # tree
    Key("tree.open", "l,right", "fold_open", "Open the fold, else first child", Scope.TREE, is_command=False),
    Key("tree.close", "h,left", "fold_close", "Close the fold, else parent", Scope.TREE, is_command=False),
    Key("tree.toggle", "space", "fold_toggle", "Toggle the fold", Scope.TREE, is_command=False),
    Key("tree.open_all", "L", "fold_open_all", "Open everything below", Scope.TREE, is_command=False),
    Key("tree.close_all", "H", "fold_close_all", "Close everything below", Scope.TREE, is_command=False),
    Key("tree.next_sibling", "J", "next_sibling", "Next sibling", Scope.TREE, is_command=False),
    Key("tree.previous_sibling", "K", "previous_sibling", "Previous sibling", Scope.TREE, is_command=False),
    # search, in each view
    Key("search.open", "slash", "search", "Search", Scope.SEARCH, "search"),
    Key("search.next", "n", "search_next", "Next hit", Scope.SEARCH, is_command=False),
    Key("search.previous", "N", "search_previous", "Previous hit", Scope.SEARCH, is_command=False),
    # runs
    Key("runs.filter", "f", "filter", "Filter the runs: status:error cost:>0.1, or a word", Scope.RUNS, "filter"),
    Key("runs.next_error", "e", "next_error", "Next failed run; where none failed, next run with errors", Scope.RUNS, "error"),
    Key("runs.previous_error", "E", "previous_error", "Previous failed run; where none failed, previous run with errors", Scope.RUNS),
    Key("runs.sort_next", "greater_than_sign", "sort_column(1)", "Sort by the next column", Scope.RUNS, "sort"),
    Key("runs.sort_previous", "less_than_sign", "sort_column(-1)", "Sort by the previous column", Scope.RUNS),
    Key("runs.sort_reverse", "r", "sort_reverse", "Reverse the order", Scope.RUNS),
    Key("runs.sort_triage", "equals_sign", "sort_triage", "Back to triage order: failed first", Scope.RUNS),
    Key("runs.mark", "D", "mark", "Mark a run to compare; the second mark opens Compare", Scope.RUNS, "compare"),
    Key("runs.yank", "y", "yank", "Copy a value of the run", Scope.RUNS, "copy"),
    # run
    Key("run.next_error", "e", "next_error", "Next error", Scope.RUN, "error"),
    Key("run.previous_error", "E", "previous_error", "Previous error", Scope.RUN),
    Key("run.next_slow", "s", "next_slow", "Next slow step", Scope.RUN, "slow"),
    Key("run.previous_slow", "S", "previous_slow", "Previous slow step", Scope.RUN),
    Key("run.next_same", "o", "next_same", "Next call of the same tool or operation", Scope.RUN, "same"),
    Key("run.previous_same", "O", "previous_same", "Previous call of the same tool or operation", Scope.RUN),
    Key("run.filter", "f", "filter", "Filter the spans: kind:tool latency:>2s", Scope.RUN, "filter"),
    Key("run.errors_only", "exclamation_mark", "errors_only", "Show errors only", Scope.RUN),
    Key("run.failing", "0", "failing_step", "Back to the failing step", Scope.RUN),
    Key("run.tab_next", "right_square_bracket", "detail_tab(1)", "Next tab of the detail", Scope.RUN, "tabs"),
    Key("run.tab_previous", "left_square_bracket", "detail_tab(-1)", "Previous tab of the detail", Scope.RUN),
    Key("run.pane", "tab", "other_pane", "Other pane", Scope.RUN),
    Key("run.pane_back", "shift+tab", "other_pane", "Other pane, backwards", Scope.RUN, is_command=False),
    Key("run.grow", "plus", "pane_size(1)", "Make the focused pane bigger", Scope.RUN),
    Key("run.shrink", "underscore", "pane_size(-1)", "Make the focused pane smaller", Scope.RUN),
    Key("run.wrap", "w", "wrap", "Wrap long lines", Scope.RUN),
    Key("run.yank", "y", "yank", "Copy: value, id, path, JSON, Markdown, command", Scope.RUN, "copy"),
    Key("run.diff", "d", "diff", "Diff with the previous step of its kind", Scope.RUN, "diff"),
    Key("run.diff_mark", "D", "diff_mark", "Mark a step; on another step, diff with the marked one", Scope.RUN),
    Key("run.leave_out", "i", "leave_out", "Keys that do not count in comparisons", Scope.RUN),
    Key("run.mark", "m", "mark", "Set or remove a bookmark", Scope.RUN),
    Key("run.next_mark", "apostrophe", "next_mark", "Next bookmark", Scope.RUN),
    # compare
    Key("compare.next", "c", "difference(1)", "Next difference", Scope.COMPARE, "difference"),
    Key("compare.previous", "C", "difference(-1)", "Previous difference", Scope.COMPARE),
    Key("compare.next_effect", "s", "difference(1, 'SIDE_EFFECTS')", "Next difference of side effects", Scope.COMPARE, "effect"),
    Key("compare.previous_effect", "S", "difference(-1, 'SIDE_EFFECTS')", "Previous difference of side effects", Scope.COMPARE),
    Key("compare.next_action", "a", "difference(1, 'ACTIONS')", "Next difference of actions", Scope.COMPARE, "action"),
    Key("compare.previous_action", "A", "difference(-1, 'ACTIONS')", "Previous difference of actions", Scope.COMPARE),
    Key("compare.next_environment", "e", "difference(1, 'ENVIRONMENT')", "Next difference of the environment: other results, errors", Scope.COMPARE),
    Key("compare.previous_environment", "E", "difference(-1, 'ENVIRONMENT')", "Previous difference of the environment", Scope.COMPARE),
    Key("compare.next_context", "x", "difference(1, 'CONTEXT')", "Next difference of context", Scope.COMPARE),
    Key("compare.previous_context", "X", "difference(-1, 'CONTEXT')", "Previous difference of context", Scope.COMPARE),
    Key("compare.next_state", "t", "difference(1, 'STATE')", "Next difference of state", Scope.COMPARE),
    Key("compare.previous_state", "T", "difference(-1, 'STATE')", "Previous difference of state", Scope.COMPARE),
    Key("compare.next_wording", "u", "difference(1, 'WORDING')", "Next difference of wording", Scope.COMPARE),
    Key("compare.previous_wording", "U", "difference(-1, 'WORDING')", "Previous difference of wording", Scope.COMPARE),
    Key("compare.next_cost", "p", "difference(1, 'COST')", "Next difference of time, tokens or cost", Scope.COMPARE),
    Key("compare.previous_cost", "P", "difference(-1, 'COST')", "Previous difference of time, tokens or cost", Scope.COMPARE),
    Key("compare.levels", "v", "more_levels", "Show wording too, then figures too, then neither", Scope.COMPARE, "wording"),
    Key("compare.first", "0", "first_divergence", "Back to where the runs part", Scope.COMPARE),
    Key("compare.diff", "d", "diff", "What differs between the two steps of the row", Scope.COMPARE, "diff"),
    Key("compare.open_b", "o", "open_step('b')", "Open the step of B in the Run view", Scope.COMPARE, "open"),
    Key("compare.open_a", "O", "open_step('a')", "Open the step of A in the Run view", Scope.COMPARE),
    Key("compare.good", "m", "good_runs", "Compare B with many good runs: same session, tag, name, task or input", Scope.COMPARE),
    Key("compare.swap", "r", "swap", "Swap A and B", Scope.COMPARE),
    Key("compare.again", "R", "again", "Compare the same runs again", Scope.COMPARE),
    Key("compare.leave_out", "i", "leave_out", "Keys that do not count in comparisons", Scope.COMPARE),
    Key("compare.filter", "f", "filter", "Filter the rows by their steps: kind:tool latency:>2s", Scope.COMPARE, "filter"),
    Key("compare.yank", "y", "yank", "Copy: command, Markdown, divergence, side effects", Scope.COMPARE, "copy"),
    Key("compare.tab_next", "right_square_bracket", "tab(1)", "Next tab: summary, steps, good runs", Scope.COMPARE, "tabs"),
    Key("compare.tab_previous", "left_square_bracket", "tab(-1)", "Previous tab", Scope.COMPARE),
    Key("compare.pane", "tab", "other_pane", "Other pane", Scope.COMPARE),
    Key("compare.pane_back", "shift+tab", "other_pane", "Other pane, backwards", Scope.COMPARE, is_command=False),
    Key("compare.grow", "plus", "pane_size(1)", "Make the focused pane bigger", Scope.COMPARE),
    Key("compare.shrink", "underscore", "pane_size(-1)", "Make the focused pane smaller", Scope.COMPARE),
    Key("compare.wrap", "w", "wrap", "Wrap long lines", Scope.COMPARE),
    # memory
    Key("memory.next_change", "right_square_bracket", "next_change(1)", "Next point that changed the selected key", Scope.MEMORY, "change"),
    Key("memory.previous_change", "left_square_bracket", "next_change(-1)", "Previous point that changed the selected key", Scope.MEMORY),
    Key("memory.next_any", "e", "next_any(1)", "Next point that changed anything", Scope.MEMORY, "any change"),
    Key("memory.previous_any", "E", "next_any(-1)", "Previous point that changed anything", Scope.MEMORY),
    Key("memory.tab", "t", "memory_tab", "State, context window, or long-term memory and files", Scope.MEMORY, "tabs"),
    Key("memory.mark", "D", "memory_mark", "Compare with this point; again: with the point before", Scope.MEMORY, "compare"),
    Key("memory.yank", "y", "yank", "Copy the value, the key or the command", Scope.MEMORY),
    Key("memory.pane", "tab", "other_pane", "Points, keys, or the value", Scope.MEMORY, "pane"),
    # cost
    Key("cost.by", "b", "cost_by", "Tell the money apart by another dimension", Scope.COST, "by"),
    Key("cost.pivot", "v", "cost_pivot", "A second dimension across: a pivot", Scope.COST, "pivot"),
    Key("cost.filter", "f", "filter", "Count only runs that pass a filter: status:error", Scope.COST, "filter"),
    Key("cost.rule", "u", "cost_rule", "Count as others do, and why that differs", Scope.COST, "rule"),
    Key("cost.what_if", "i", "cost_what_if", "What if: another model, no cache, batch", Scope.COST, "what if"),
    Key("cost.question", "a", "cost_question", "Ask: dearest steps, cache hits, waste, latency", Scope.COST, "ask"),
    Key("cost.prices", "P", "cost_prices", "Read the price files again and price everything by them", Scope.COST),
    Key("cost.slot", "t", "cost_slot", "Chart by day, hour or minute", Scope.COST),
    Key("cost.yank", "y", "yank", "Copy a value of the line, or the command", Scope.COST, "copy"),
    # SQL
    Key("sql.run", "ctrl+j,f5", "run", "Run the selection, or the statement that the cursor stands in", Scope.SQL, "run", is_priority=True),
    Key("sql.questions", "f3", "questions", "Ready questions and saved queries", Scope.SQL, "questions", is_priority=True),
    Key("sql.history", "f8", "history", "History of statements", Scope.SQL, "history", is_priority=True),
    Key("sql.export", "ctrl+e", "export", "Export the result to CSV, Parquet, JSONL, JSON, Markdown or Arrow", Scope.SQL, "export", is_priority=True),
    Key("sql.schema", "f2", "schema", "Schema: views, their columns and what they mean", Scope.SQL, "schema", is_priority=True),
    Key("sql.complete", "ctrl+@", "complete", "Propose what may stand here", Scope.SQL, is_priority=True),
    Key("sql.format", "f4", "format", "Format the statement", Scope.SQL, is_priority=True),
    Key("sql.explain", "f6", "explain", "EXPLAIN ANALYZE of the statement, as a tree", Scope.SQL, is_priority=True),
    Key("sql.save", "ctrl+s", "save_query", "Save the statement as a .sql file", Scope.SQL, is_priority=True),
    Key("sql.payloads", "f7", "load_payloads", "Read all payloads of large sources, for statements that need them", Scope.SQL, is_priority=True),
    Key("sql.pane", "tab", "other_pane", "Editor or result", Scope.SQL, "pane"),
    Key("sql.pane_back", "shift+tab", "other_pane", "Editor or result, backwards", Scope.SQL, is_command=False),
    # a result of SQL
    Key("result.sort", "s", "sort_column", "Sort by the column: upwards, downwards, not", Scope.RESULT, "sort"),
    Key("result.view", "space", "want('cell')", "The whole value, JSON as JSON", Scope.RESULT, "value"),
    Key("result.frequency", "F", "frequency", "How often each value of the column stands there", Scope.RESULT, "frequency"),
    Key("result.describe", "i", "describe", "Describe the columns: least, most, distinct, empty", Scope.RESULT, "describe"),
    Key("result.yank", "y", "want('copy')", "Copy: value, row, rows as TSV, JSON, Markdown, SQL literal", Scope.RESULT, "copy"),
    Key("result.chart", "c", "want('chart')", "Chart: bars, line over time, histogram, scatter", Scope.RESULT, "chart"),
    Key("result.filter", "f", "want('filter')", "Show the runs of this result in Runs, or in Run its spans of one run", Scope.RESULT),
    Key("result.keep", "m", "want('keep')", "Keep the result for later statements, as result_1 and so on", Scope.RESULT),
    Key("result.left", "h", "column(-1)", "Column to the left, as with the arrow keys", Scope.RESULT, is_command=False),
    Key("result.right", "l", "column(1)", "Column to the right", Scope.RESULT, is_command=False),
    Key("result.hide", "x", "hide_column", "Hide the column", Scope.RESULT),
    Key("result.show_all", "X", "show_columns", "Show all columns", Scope.RESULT),
    Key("result.freeze", "z", "freeze_column", "Keep the column in view at the left, or let it go", Scope.RESULT),
    Key("result.wider", "plus", "widen(1)", "Make the column wider", Scope.RESULT),
    Key("result.narrower", "underscore", "widen(-1)", "Make the column narrower", Scope.RESULT),
    # import
    Key("imports.next_error", "e", "next_error", "Next import issue", Scope.IMPORTS, "issue"),
    Key("imports.previous_error", "E", "previous_error", "Previous import issue", Scope.IMPORTS),
    Key("imports.pane", "tab", "other_pane", "Sources or issues", Scope.IMPORTS, "pane"),
    Key("imports.pane_back", "shift+tab", "other_pane", "Sources or issues, backwards", Scope.IMPORTS, is_command=False),
    Key("imports.mapping", "c", "mapping", "Columns: what those of a source without a format mean", Scope.IMPORTS, "columns"),
    Key("imports.yank", "y", "yank", "Copy a value of the row", Scope.IMPORTS, "copy"),
)  # fmt: skip
"""Every key of the interface, in the order help shows them."""

_KEY_SIGNS = {
    "question_mark": "?", "colon": ":", "slash": "/", "greater_than_sign": ">", "less_than_sign": "<",
    "equals_sign": "=", "exclamation_mark": "!", "right_square_bracket": "]", "left_square_bracket": "[",
    "plus": "+", "underscore": "_", "semicolon": ";", "ctrl+@": "ctrl+space", "apostrophe": "'", "down": "↓", "up": "↑", "left": "←", "right": "→",
    "pagedown": "page down", "pageup": "page up", "escape": "esc", **{f"f{n}": f"F{n}" for n in range(1, 13)},
}  # fmt: skip


def bindings(*scopes: Scope) -> list[BindingType]:
    """Textual bindings of these scopes, for a BINDINGS class variable."""
    return [
        Binding(key.keys, key.action, key.description, show=False, id=key.id, priority=key.is_priority)
        for key in KEYS
        if key.scope in scopes
    ]


def keys_of(*scopes: Scope) -> list[Key]:
    """The table's lines of these scopes, in order."""
    return [key for key in KEYS if key.scope in scopes]


def key_sign(keys: str) -> str:
    """How keys are written for people: `j,down` becomes `j ↓`."""
    return " ".join(_KEY_SIGNS.get(key.strip(), key.strip()) for key in keys.split(","))


def keys_markdown() -> str:
    """docs/keys.md: the whole table as Markdown, ending with a line feed."""
    lines = [
        "# Keys",
        "",
        "Every key can be changed in `~/.config/tracetui/keys.toml`; the name in the last column goes there:",
        "",
        "```toml",
        "[keys]",
        '"run.next_error" = "e,f6"',
        "```",
        "",
        "Every action is also in the palette (`ctrl+p`) and in reach of the mouse. No letter does anything while",
        "an input has focus. The keys of a list also work in the run tree, except where the tree has its own.",
        "",
        "With the mouse, a click chooses a row and a second one goes in; a click on a fold sign folds, on the title of a",
        "column sorts (Runs, results of SQL), on the strip of the Memory view goes to that point, beside a window or a",
        "prompt closes it. The wheel scrolls what is under the pointer, with shift to the side.",
        "",
    ]
    for scope in Scope:
        lines += [f"## {scope.value}", "", "| keys | what it does | name |", "|---|---|---|"]
        lines += [f"| {_key_cell(key.keys)} | {key.description} | `{key.id}` |" for key in keys_of(scope)]
        lines.append("")
    lines += ["## Signs", "", "The second sign stands where the locale is not UTF-8.", ""]
    lines += ["| sign | ASCII | what it means |", "|---|---|---|"]
    for (sign, words), (plain, _) in zip(legend(UNICODE), legend(ASCII), strict=True):
        lines.append(
            f"| `{sign}` | `{plain}` | {words} |".replace("`|`", "`\\|`").replace("`| |`", "`\\| \\|`")
        )
    lines.append("")
    return "\n".join(lines)


def _key_cell(keys: str) -> str:
    return " ".join(f"`{key_sign(key)}`" for key in keys.split(","))
