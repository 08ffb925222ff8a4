"""Files that a shell command wrote, as far as its text alone says: redirections, `tee`, `sed -i` and `apply_patch`.

Nothing is run or looked up. What depends on variables, globs or other programs is not told.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tracetui.analysis.state.file_writes import FileWrite, Way, patch_writes

_MOST_CHARACTERS = 200_000
_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r]|\\\n)+|\#[^\n]*)
    |(?P<redirect>\d*(?:&>>|&>|>>|>\||>&|<<<|<<-?|<&|<>|[<>]))
    |(?P<operator>\(\(|\)\)|&&|\|\||\|&|;;|[;&|()\n])
    |(?P<word>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\<>|&;()])+)""",
    re.VERBOSE | re.DOTALL,
)
_HERE = re.compile(r"\d*<<-?")
_PIECE = re.compile(
    r"""'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|\\(?P<escaped>.)|(?P<plain>[^'"\\]+)""", re.DOTALL
)
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}
_WRITING = {">": Way.WHOLE, ">|": Way.WHOLE, "&>": Way.WHOLE, ">>": Way.APPENDED, "&>>": Way.APPENDED}
_TEST = "[["
_SED_SCRIPTS = frozenset(("-e", "-f", "--expression", "--file"))


@dataclass(slots=True)
class _Command:
    """A simple command: its words as far as they are literal, where its output goes, what it reads."""

    words: list[str | None] = field(default_factory=list)
    targets: list[tuple[str | None, Way]] = field(default_factory=list)
    given: str | None = None


def shell_writes(text: str, folder: str | None = None) -> Iterator[FileWrite]:
    """What the commands of a shell text wrote; relative paths stand below `folder`, or where `cd` in front leads."""
    for command in _Scan(text[:_MOST_CHARACTERS]).commands():
        if command.words[:1] == ["cd"] and len(command.words) == 2:
            to = command.words[1]
            folder = None if to is None else below(folder, to)
            continue
        for write in _writes_of(command):
            yield FileWrite(below(folder, write.path), write.way, write.text, write.pieces)


def below(folder: str | None, path: str) -> str:
    """A path below a folder, if it is relative and the folder is known."""
    return posixpath.normpath(posixpath.join(folder, path)) if folder else path.removeprefix("./")


@dataclass(slots=True)
class _Scan:
    """Reads a shell text token by token; here-documents follow the line that asks for them."""

    text: str
    at: int = 0
    command: _Command = field(default_factory=_Command)
    redirect: str = ""
    waiting: list[tuple[_Command, str, bool]] = field(default_factory=list)

    def commands(self) -> Iterator[_Command]:
        """The simple commands; those before the first token that no shell would read."""
        while self.at < len(self.text) and (token := _TOKEN.match(self.text, self.at)) is not None:
            self.at, kind, sign = token.end(), token.lastgroup, token[0]
            if kind == "word":
                self._word(sign)
            elif kind == "redirect":
                self.redirect = sign
            elif sign == "((":  # arithmetic, whose > compares
                over = self.text.find("))", self.at)
                self.at = over + 2 if over >= 0 else len(self.text)
            elif kind == "operator":
                finished, self.command, self.redirect = self.command, _Command(), ""
                if sign == "\n":
                    self._documents()
                yield finished
        yield self.command

    def _word(self, sign: str) -> None:
        redirect, self.redirect = self.redirect, ""
        if not redirect:
            self.command.words.append(sign if sign == _TEST else _literal(sign))
        elif _HERE.fullmatch(redirect):
            is_quoted = any(quote in sign for quote in "'\"\\")
            self.waiting.append((self.command, _literal(sign, any_sign=True) or "", is_quoted))
        elif (way := _way(redirect)) is not None:
            self.command.targets.append((_literal(sign), way))

    def _documents(self) -> None:
        for reader, end, is_quoted in self.waiting:
            body, self.at = _body(self.text, self.at, end)
            reader.given = body if is_quoted or not re.search(r"[$`\\]", body) else None
        self.waiting = []


def _way(redirect: str) -> Way | None:
    """How a redirection writes; None for inputs and for what goes elsewhere than the usual output."""
    number = redirect[: len(redirect) - len(redirect.lstrip("0123456789"))]
    return _WRITING.get(redirect[len(number) :]) if number in ("", "1") else None


def _body(text: str, at: int, end: str) -> tuple[str, int]:
    """A here-document from a place in the text, and where it is over."""
    found = re.compile(rf"^\t*{re.escape(end)}[ \t]*$", re.MULTILINE).search(text, at)
    return (text[at:], len(text)) if found is None else (text[at : found.start()], found.end())


def _literal(word: str, *, any_sign: bool = False) -> str | None:
    """What a word stands for; None where that takes a shell: variables, commands, globs, `~`."""
    parts = []
    for piece in _PIECE.finditer(word):
        single, double, escaped, plain = piece.groups()
        if (not any_sign and re.search(r"[$`]", double or "")) or (
            plain and re.search(r"[$`*?\[\]{}]", plain)
        ):
            return None
        parts.append(
            single if single is not None else escaped or plain or re.sub(r'\\(["\\$`])', r"\1", double or "")
        )
    text = "".join(parts)
    return None if text.startswith("~") and word.startswith("~") else text


def _writes_of(command: _Command) -> Iterator[FileWrite]:
    if command.words[:1] in ([], [_TEST]):  # whose > compares
        return
    name = posixpath.basename(command.words[0] or "")
    words = command.words[1:]
    if name == "apply_patch":
        patch = command.given if command.given is not None else next(iter(words), None)
        yield from patch_writes(patch or "")
    elif name == "sed":
        yield from (FileWrite(path, Way.UNKNOWN) for path in _sed_files(words))
    elif name == "tee":
        way = Way.APPENDED if "-a" in words or "--append" in words else Way.WHOLE
        files = [word for word in words if word and not word.startswith("-")]
        yield from (_output(path, way, command.given) for path in files if _is_file(path))
    text = _printed(name, words, command.given)
    yield from (_output(path, way, text) for path, way in command.targets if path and _is_file(path))


def _is_file(path: str) -> bool:
    return not path.startswith(("/dev/", "&", "/proc/"))


def _output(path: str, way: Way, text: str | None) -> FileWrite:
    return FileWrite(path, Way.UNKNOWN) if text is None else FileWrite(path, way, text)


def _printed(name: str, words: Sequence[str | None], given: str | None) -> str | None:
    """What a command printed, where it is one that repeats what it is given."""
    if name in ("cat", "tee"):
        return given if not words or name == "tee" else None
    known = [word for word in words if word is not None]
    if len(known) < len(words) or not known:
        return "" if name in (":", "true") and not words else None
    if name == "echo":
        text = " ".join(known[1:] if known[0] == "-n" else known)
        return None if known[0] in ("-e", "-ne", "-en") or "\\" in text else text + "\n" * (known[0] != "-n")
    if name == "printf" and len(known) == 1 and "%" not in known[0]:
        text = re.sub(r"\\[nt\\]", lambda found: _ESCAPES[found[0]], known[0])
        return None if re.search(r"\\[^nt\\]", known[0]) else text
    return None


def _sed_files(words: Sequence[str | None]) -> list[str]:
    """Files that `sed -i` changes in place; none where it does not, or where its words are not all known."""
    if not any(word and re.fullmatch(r"-[nErsz]*i.*|--in-place.*", word) for word in words):
        return []
    rest, has_script, is_script = [], False, False
    for word in words:
        if is_script:
            has_script, is_script = True, False
        elif word in _SED_SCRIPTS:
            is_script = True
        elif word != "" and not (word or "").startswith("-"):
            rest.append(word)
    return [word for word in (rest if has_script else rest[1:]) if word is not None]
