"""No widget is handed a bare string that is not a literal: text reaches the screen as Content or Text only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

TUI_FILES = sorted((ROOT / "tracetui" / "tui").rglob("*.py"))
TEXT_TYPES = {"Content", "Text", "Segment", "Strip"}
WIDGET_CALLS = {
    "Static",
    "Label",
    "Button",
    "Option",
    "Checkbox",
    "Collapsible",
    "Markdown",
    "Link",
    "RadioButton",
}
UPDATE_METHODS = {"update", "add_option", "add_row", "add_column", "write_line"}
NOTIFY = "notify"
TITLE_ATTRIBUTES = {"border_title", "border_subtitle", "sub_title", "tooltip"}


def problems(source: str) -> list[str]:
    """Sentences about strings in `source` that could reach a widget as markup."""
    tree = ast.parse(source)
    found = []
    for function in _scopes(tree):
        texts, collections = _text_names(function), _collection_names(function)
        for node in _own_nodes(function):
            if not _is_collection_call(node, collections):
                found += [f"line {node.lineno}: {what}" for what in _complaints(node, texts)]
    return found


def _collection_names(scope: ast.AST) -> set[str]:
    """Local names annotated as a set or dict: their `update` is no widget's."""
    return {
        node.target.id
        for node in _own_nodes(scope)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and ast.unparse(node.annotation).startswith(("set[", "dict["))
    }


def _is_collection_call(node: ast.expr | ast.stmt, collections: set[str]) -> bool:
    return isinstance(node, ast.Call) and _root(node) in collections


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _own_nodes(scope: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Nodes of a function without those of the functions inside it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        waiting += ast.iter_child_nodes(node)


def _complaints(node: ast.expr | ast.stmt, texts: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _call_complaints(node, texts)
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if (
                isinstance(target, ast.Attribute)
                and target.attr in TITLE_ATTRIBUTES
                and not _is_text(node.value, texts)
            ):
                yield f"{target.attr} is set to a string that is not a literal"


def _call_complaints(call: ast.Call, texts: set[str]) -> Iterator[str]:
    name = _name(call.func)
    if name == NOTIFY:
        is_plain = any(
            word.arg == "markup" and getattr(word.value, "value", None) is False for word in call.keywords
        )
        if call.args and not (is_plain or _is_literal(call.args[0])):
            yield "notify() with markup"
        return
    is_sink = name in WIDGET_CALLS or (name in UPDATE_METHODS and isinstance(call.func, ast.Attribute))
    if is_sink and call.args and not _is_text(call.args[0], texts):
        yield f"{name}() is given a string that is not a literal"


def _is_text(node: ast.expr, texts: set[str]) -> bool:
    if _is_literal(node):
        return True
    if isinstance(node, ast.Call):
        return (
            _name(node.func) in TEXT_TYPES or _root(node) in TEXT_TYPES | texts or _is_annotated_helper(node)
        )
    if isinstance(node, ast.IfExp):
        return _is_text(node.body, texts) and _is_text(node.orelse, texts)
    if isinstance(node, ast.Starred | ast.GeneratorExp | ast.Dict | ast.Set):
        return not isinstance(node, ast.Starred)
    return isinstance(node, ast.Name) and node.id in texts


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _is_annotated_helper(call: ast.Call) -> bool:
    """`self._line(…)`: a helper of the file whose return annotation is a text type (collected by `_text_helpers`)."""
    return _name(call.func) in _HELPERS


def _text_names(scope: ast.AST) -> set[str]:
    """Names that this function binds to a text, parameters annotated so included."""
    texts: set[str] = set()
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        texts |= {
            arg.arg for arg in scope.args.args if arg.annotation and ast.unparse(arg.annotation) in TEXT_TYPES
        }
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                texts |= _bound(target, node.value, texts)
    return texts


def _bound(target: ast.expr, value: ast.expr, texts: set[str]) -> set[str]:
    if isinstance(target, ast.Name):
        return {target.id} if _is_text(value, texts) and not _is_literal(value) else set()
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=True)
        return {name for one, other in pairs for name in _bound(one, other, texts)}
    return set()


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _root(node: ast.expr) -> str:
    """The name at the start of a chain of calls and attributes."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _text_helpers() -> frozenset[str]:
    names = set()
    for path in TUI_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) in TEXT_TYPES:
                names.add(node.name)
    return frozenset(names)


_HELPERS = _text_helpers()


@pytest.mark.parametrize("path", TUI_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_bare_string_reaches_a_widget(path: Path) -> None:
    assert problems(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "Static(run.name)",
        "Label(f'{run.name}')",
        "self.query_one(Static).update(run.name)",
        "self.notify(error.message)",
        "window.border_title = run.name",
        "def f():\n    text = run.name\n    Static(text)",
        "Option(safe(name))",
    ],
)
def test_the_lint_finds(source: str) -> None:
    assert len(problems(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Static()",
        "Static('literal')",
        "Static(Content(safe(run.name)))",
        "self.query_one(Static).update(Content('   ').join(parts))",
        "self.notify(text, markup=False)",
        "def f():\n    seen: set[str] = set()\n    seen.update(names)",
        "def f(line: Content):\n    Static(line)",
        "def f():\n    line = Content('x')\n    Static(line)",
    ],
)
def test_the_lint_lets_pass(source: str) -> None:
    assert problems(source) == []
