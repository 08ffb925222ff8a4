"""The user's own keys: `keys.toml` in the configuration folder, read and checked."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from textual.keys import Keys, _character_to_key

from tracetui.tui.bindings import KEYS, Key, Scope

_SHARED_SCOPES = frozenset({Scope.APP, Scope.SEARCH})
_NAMED_KEYS = frozenset(key.value for key in Keys)


class UserKeys(NamedTuple):
    """`keymap` maps ids of the table to keys joined by commas; `problems` are sentences about what was ignored."""

    keymap: Mapping[str, str] = MappingProxyType({})
    problems: tuple[str, ...] = ()


def read_user_keys(path: Path) -> UserKeys:
    """Keys of the file's `[keys]` table; a missing file is no keys, a bad entry is a problem and is ignored."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return UserKeys()
    except (OSError, UnicodeDecodeError) as error:
        return _unreadable(path, error)
    return _read(text, path)


def _read(text: str, path: Path) -> UserKeys:
    import tomllib  # most people have no such file

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _unreadable(path, error)
    entries = document.get("keys", {})
    if not isinstance(entries, dict):
        return UserKeys({}, (f"{path.name}: [keys] must be a table",))
    return _checked(entries, path.name)


def _unreadable(path: Path, error: Exception) -> UserKeys:
    return UserKeys({}, (f"{path.name}: cannot be read: {error}",))


def _checked(entries: Mapping[str, object], file_name: str) -> UserKeys:
    known = {key.id: key for key in KEYS}
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, value in _flattened(entries):
        if name not in known:
            problems.append(f"{file_name}: no key is named {name!r} (names are in the help)")
        elif not isinstance(value, str) or not _all_known(value):
            problems.append(f"{file_name}: {name} = {value!r} is not a key or keys joined by commas")
        else:
            keymap[name] = ",".join(_full_name(key) for key in _split(value))
    problems += [f"{file_name}: {text}" for text in _clashes(keymap)]
    return UserKeys(keymap, tuple(problems))


def _flattened(entries: Mapping[str, object]) -> list[tuple[str, object]]:
    """`run.next_error = "e"` without quotes is a nested table in TOML: accept both."""
    flat: list[tuple[str, object]] = []
    for name, value in entries.items():
        if isinstance(value, dict):
            flat += [(f"{name}.{inner}", inner_value) for inner, inner_value in value.items()]
        else:
            flat.append((name, value))
    return flat


def _split(value: str) -> list[str]:
    return [key.strip() for key in value.split(",")]


def _full_name(key: str) -> str:
    return _character_to_key(key) if len(key) == 1 else key


def _all_known(value: str) -> bool:
    keys = _split(value)
    return bool(keys) and all(_is_key(key) for key in keys)


def _is_key(key: str) -> bool:
    name = key.rsplit("+", 1)[-1] if "+" in key[:-1] else key
    return len(name) == 1 or name in _NAMED_KEYS or _is_character_name(name)


def _is_character_name(name: str) -> bool:
    try:
        unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return False
    return True


def _clashes(keymap: Mapping[str, str]) -> list[str]:
    """Sentences for keys that two actions of one place now share."""
    problems = []
    for scope in Scope:
        owners: dict[str, Key] = {}
        for key in KEYS:
            if key.scope is not scope and key.scope not in _SHARED_SCOPES:
                continue
            for name in _split(keymap.get(key.id, key.keys)):
                other = owners.setdefault(name, key)
                if other.id != key.id and (key.id in keymap or other.id in keymap):
                    problems.append(f"{name} is both {other.id} and {key.id}")
    return sorted(set(problems))
