"""Differences of message lists and of model calls' prompts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.diff.edited import edited_values
from tracetui.analysis.diff.json import JsonChange
from tracetui.analysis.diff.messages import Leaving, MessageMark, MessagesDiff, diff_messages, edited_pieces
from tracetui.analysis.diff.settings_diff import diff_tools
from tracetui.analysis.diff.text import patched
from tracetui.analysis.diff.values import diff_values
from tracetui.analysis.diff.volatile import NOTHING
from tracetui.model import Message, Part, PartType, ToolDefinition

LONG = (
    "the carrier did not answer in time so every passenger of this booking may ask for a refund of the fare"
)


def said(role: str, text: str) -> Message:
    return Message(role, (Part(PartType.TEXT, text),))


def result(call_id: str, text: str) -> Message:
    return Message("tool", (Part(PartType.TOOL_RESULT, text, tool_call_id=call_id),))


def marks(found: MessagesDiff) -> list[tuple[str, int | None, int | None]]:
    return [(str(change.mark), change.a, change.b) for change in found.changes]


texts = st.lists(st.sampled_from(["a b c d", "a b c e", "x y", "q", LONG]), max_size=8)


def as_messages(words: list[str]) -> list[Message]:
    return [said("user" if len(word) % 2 else "assistant", word) for word in words]


@given(texts, texts)
def test_every_message_has_one_mark_and_both_sides_agree(a: list[str], b: list[str]) -> None:
    found = diff_messages(as_messages(a), as_messages(b))
    assert sorted(c.a for c in found.changes if c.a is not None) == list(range(len(a)))
    assert [c.b for c in found.changes if c.b is not None] == list(range(len(b)))
    assert found.is_empty == (a == b)
    assert found.prefix_characters + found.characters_behind >= sum(map(len, b))
    back = diff_messages(as_messages(b), as_messages(a))
    both = {(c.a, c.b) for c in found.changes if c.a is not None and c.b is not None}
    if not any(c.mark is MessageMark.MOVED for c in (*found.changes, *back.changes)):
        assert {(c.b, c.a) for c in back.changes if c.a is not None and c.b is not None} == both


@given(texts, texts)
def test_the_changes_make_the_second_list_of_the_first(a: list[str], b: list[str]) -> None:
    before, after = as_messages(a), as_messages(b)
    made: dict[int, Message] = {}
    for change in diff_messages(before, after).changes:
        if change.b is None:
            continue
        if change.mark in {MessageMark.SAME, MessageMark.MOVED} and change.a is not None:
            made[change.b] = before[change.a]
        elif change.mark is MessageMark.EDITED and change.a is not None:
            text = patched(edited_pieces(before[change.a], after[change.b]))
            made[change.b] = said(before[change.a].role, text)
        else:
            made[change.b] = after[change.b]
    assert [made[at] for at in sorted(made)] == after


def test_ids_in_messages_that_hold_json_do_not_count_but_break_the_cache() -> None:
    a, b = [result("c", '{"seat": 4, "request_id": "r1"}')], [result("c", '{"request_id": "r2", "seat": 4}')]
    assert diff_messages(a, b).is_empty
    assert diff_messages(a, b).same_prefix == 0
    assert not diff_messages(a, b, NOTHING).is_empty
    assert diff_messages(a, [result("c", '{"seat": 5}')]).count(MessageMark.EDITED) == 1


def test_messages_at_the_end_entered() -> None:
    a = [said("user", "hello"), said("assistant", "hi")]
    found = diff_messages(a, [*a, said("user", "book it")])
    assert marks(found) == [("same", 0, 0), ("same", 1, 1), ("added", None, 2)]
    assert found.same_prefix == 2


def test_messages_that_nothing_stands_for_were_truncated_and_a_shorter_one_compacts() -> None:
    a = [said("user", "start"), *(said("assistant", f"{LONG} {n}") for n in range(4)), said("user", "end")]
    truncated = diff_messages(a, [a[0], a[5]])
    assert {c.leaving for c in truncated.changes if c.mark is MessageMark.LEFT} == {Leaving.TRUNCATED}
    compacted = diff_messages(a, [a[0], said("user", "summary: refunds were asked about"), a[5]])
    assert {c.leaving for c in compacted.changes if c.mark is MessageMark.LEFT} == {Leaving.COMPACTED}
    assert compacted.count(MessageMark.ADDED) == 1


def test_a_tool_result_that_became_a_placeholder_was_cleared() -> None:
    found = diff_messages([result("c1", LONG * 4)], [result("c1", "(removed)")])
    assert [(c.mark, c.leaving) for c in found.changes] == [(MessageMark.EDITED, Leaving.CLEARED)]


def test_edited_and_moved_messages_are_recognised() -> None:
    a = [said("user", LONG), said("user", "one two three"), said("assistant", "yes")]
    edited = diff_messages(a, [said("user", LONG.replace("refund", "voucher")), *a[1:]])
    assert marks(edited)[0] == ("edited", 0, 0)
    moved = diff_messages(a, [a[2], a[0], a[1]])
    assert sorted(mark for mark, _, _ in marks(moved)) == ["moved", "same", "same"]


def test_ids_of_tool_calls_do_not_count() -> None:
    assert diff_messages([result("c1", "4 seats")], [result("c2", "4 seats")]).is_empty


def test_tools_are_compared_by_name() -> None:
    a = [ToolDefinition("x", "old"), ToolDefinition("y"), ToolDefinition("s", None, '{"a":1,"b":2}')]
    b = [ToolDefinition("s", None, '{"b":2,"a":1}'), ToolDefinition("x", "new"), ToolDefinition("z")]
    found = diff_tools(a, b)
    assert (found.added, found.removed, found.changed) == (("z",), ("y",), ("x",))


def test_values_are_compared_as_json_where_both_are() -> None:
    assert all(isinstance(change, JsonChange) for change in diff_values('{"a": 1}', '{"a": 2}'))
    assert diff_values('{"a": 1}', '{ "a":1 }') == ()
    assert not any(isinstance(piece, JsonChange) for piece in diff_values('{"a": 1}', "none"))
    assert diff_values(None, None) == ()


def test_messages_emptied_or_replaced_by_a_placeholder_were_cleared_without_ids_too() -> None:
    stub = "[Old tool result content cleared]"
    a = [said("user", "hello"), said("tool", "ok"), said("tool", LONG), said("user", LONG)]
    b = [said("user", "hello"), said("tool", stub), said("tool", stub), said("user", "")]
    found = diff_messages(a, b)
    assert [c.leaving for c in found.changes] == [None, *[Leaving.CLEARED] * 3]
    assert marks(found)[1:] == [("edited", 1, 1), ("edited", 2, 2), ("edited", 3, 3)]
    assert diff_messages([result("c1", "none")], [result("c2", stub)]).count(MessageMark.EDITED) == 0


def test_json_in_edited_messages_differs_by_its_entries_and_unlike_texts_as_a_whole() -> None:
    before, after = (
        result("c", f'{{"seat": {seat}, "request_id": "r{seat}", "to": "LIS"}}') for seat in (4, 5)
    )
    ((head, changes),) = edited_values(before, after)
    assert head == ""
    assert [change.path for change in changes if isinstance(change, JsonChange)] == [("seat",)]
    a, b = "It (the cat), a dog: a bird.", "We (a house), the car: the sea."
    assert [piece.text for piece in edited_pieces(said("user", a), said("user", b))] == [a, b]
