"""Which tools change something outside, told by their names."""

from __future__ import annotations

import pytest

from tracetui.analysis.diff.normal import normal_form
from tracetui.analysis.diff.only_reading import only_reads
from tracetui.analysis.diff.side_effects import Deed, diff_deeds, has_side_effects
from tracetui.analysis.diff.values import diff_values
from tracetui.model import Status


@pytest.mark.parametrize(
    "name",
    [
        "create_todo",
        "updateOrder",
        "Write",
        "send_email",
        "make_payment",
        "terminate_vm",
        "open_ticket",
        "mark_as_read",
        "python",
        "run_tests",
        *("powershell", "cmd", "ipython", "fill_form", "press_key", "reply_to_customer"),
        *("get_or_create_user", "find_and_replace", "search_and_book", "get_and_update"),
    ],
)
def test_tools_that_change_something(name: str) -> None:
    assert has_side_effects(name)


@pytest.mark.parametrize(
    "name",
    [
        "TodoWrite",
        "write_todos",
        "update_plan",
        "transfer_to_refunds",
        "get_order",
        "execute_sql_read",
        "post_search",
        "runSearch",
        "start_search",
        "return_search_results",
        "BashOutput",
        "open_file",
        *("order_status", "return_policy", "start_date", "type_of_user", "set_of_users", "merge_sort"),
        *("find_and_return", "think", "report_intent"),
    ],
)
def test_tools_that_change_nothing_outside(name: str) -> None:
    # the first word that says so counts
    assert not has_side_effects(name)


def test_what_the_user_says_of_a_tool_goes_before_its_name() -> None:
    assert has_side_effects("TodoWrite", writes=["TodoWrite"])
    assert not has_side_effects("send_email", reads=["send_email"])


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("str_replace_editor", '{"command": "view", "path": "/x"}'),
        ("str_replace_editor", "str_replace_editor view /x --view_range 1 9"),
        ("bash", '{"command": "cd /x && ls -la | grep -v \'a|b > c\' 2>/dev/null; git log -3 2>&1"}'),
        ("bash", "find . -name '*.py' | sort | head -5"),
        ("shell", '{"command": ["bash", "-lc", "sed -n 1,9p a.py\\ncat b.py"]}'),
        ("execute_bash", '{"command": "grep -rn def src"}'),
        ("run_in_terminal", '{"command": "Get-Content a.txt", "explanation": "look"}'),
    ],
)
def test_calls_that_only_read(tool: str, arguments: str) -> None:
    assert has_side_effects(tool)
    assert only_reads(tool, arguments)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("str_replace_editor", '{"command": "create", "path": "/x"}'),
        ("bash", '{"command": "cat a > b"}'),
        ("bash", '{"command": "ls; rm -r x"}'),
        ("bash", '{"command": "ls $(rm x)"}'),
        ("bash", '{"command": "ls\\nrm x"}'),
        ("bash", '{"command": "find . -delete"}'),
        ("bash", '{"command": "find . | xargs rm"}'),
        ("bash", '{"command": "echo \'a"}'),
        ("bash", '{"command": "cat <<EOF > a"}'),
        ("bash", '{"command": "python run.py"}'),
        ("bash", '{"command": "(ls)"}'),
        ("bash", '{"command": "sed -i s/a/b/ x"}'),
        ("bash", "{}"),
        ("bash", '{"command": 5}'),
        ("run_tests", '{"command": "ls"}'),
        ("send_email", '{"command": "view"}'),
    ],
)
def test_calls_that_may_do_more_than_read(tool: str, arguments: str) -> None:
    assert not only_reads(tool, arguments)


def test_how_often_a_call_was_made_counts() -> None:
    once = Deed("book", "{}", Status.OK, 2)
    again = Deed("book", "{}", Status.OK, 4)
    failed = Deed("book", "{}", Status.ERROR, 6)
    found = diff_deeds([once], [once, again, failed])
    assert (found.both, found.only_a, found.only_b) == ((once,), (), (again,))
    assert found.times(again) == (1, 2)


def test_whole_numbers_are_the_same_however_they_are_written() -> None:
    a, b = '{"n": 1.0, "of": [2.0, {"x": 3}]}', '{"of": [2, {"x": 3.0}], "n": 1}'
    assert normal_form(a) == normal_form(b)
    assert diff_values(a, b) == ()
    assert diff_values('{"n": 1.5}', '{"n": 1}') != ()
    assert diff_values('{"n": true}', '{"n": 1}') != ()
