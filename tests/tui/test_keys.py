"""The key table: complete, without clashes, rebindable, and documented."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tracetui.tui.bindings import KEYS, Scope, key_sign, keys_markdown, keys_of
from tracetui.tui.keymap import read_user_keys
from tracetui.workers.map_files import config_folder

VIEW_SCOPES = (Scope.RUNS, Scope.RUN, Scope.COMPARE, Scope.SQL, Scope.IMPORTS)


def test_documented_keys_are_current() -> None:
    assert (ROOT / "docs" / "keys.md").read_text(encoding="utf-8") == keys_markdown()


def test_ids_are_unique() -> None:
    assert [name for name, times in Counter(key.id for key in KEYS).items() if times > 1] == []


@pytest.mark.parametrize("view", VIEW_SCOPES)
def test_no_key_means_two_things_in_a_view(view: Scope) -> None:
    scopes = (Scope.APP, Scope.SEARCH, view)
    keys = [name for key in keys_of(*scopes) for name in key.keys.split(",")]
    assert [name for name, times in Counter(keys).items() if times > 1] == []


@pytest.mark.parametrize("view", VIEW_SCOPES)
def test_no_view_key_hides_a_movement_key(view: Scope) -> None:
    moving = {name for key in keys_of(Scope.LIST, Scope.TREE) for name in key.keys.split(",")}
    keys = {name for key in keys_of(Scope.APP, Scope.SEARCH, view) for name in key.keys.split(",")}
    assert moving & keys == set()


def test_keys_of_a_result_hide_no_other() -> None:
    scopes = (Scope.APP, Scope.SEARCH, Scope.LIST, Scope.SQL, Scope.RESULT)
    keys = [name for key in keys_of(*scopes) for name in key.keys.split(",")]
    assert [name for name, times in Counter(keys).items() if times > 1] == []


def test_priority_keys_are_never_letters() -> None:
    assert [
        key.id for key in KEYS if key.is_priority and any(len(name) == 1 for name in key.keys.split(","))
    ] == []


def test_key_signs() -> None:
    assert key_sign("question_mark,f1") == "? F1"
    assert key_sign("j,down") == "j ↓"


def test_user_keys_are_read(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[keys]\n"run.next_error" = "f6, ?"\nrun.wrap = "ctrl+w"\n', encoding="utf-8")
    keys = read_user_keys(path)
    assert keys.keymap == {"run.next_error": "f6,question_mark", "run.wrap": "ctrl+w"}
    assert keys.problems == ("keys.toml: question_mark is both app.help and run.next_error",)


def test_bad_user_keys_are_reported_and_ignored(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('[keys]\nnope = "x"\n"run.wrap" = 3\n"run.mark" = "not a key"\n', encoding="utf-8")
    keys = read_user_keys(path)
    assert keys.keymap == {}
    assert len(keys.problems) == 3
    assert "nope" in keys.problems[0]


def test_a_file_that_is_no_toml_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text("[keys", encoding="utf-8")
    assert read_user_keys(path).problems[0].startswith("keys.toml: cannot be read")


def test_no_file_is_no_keys(tmp_path: Path) -> None:
    assert read_user_keys(tmp_path / "keys.toml").keymap == {}


def test_config_folder_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path))
    assert config_folder() == tmp_path
