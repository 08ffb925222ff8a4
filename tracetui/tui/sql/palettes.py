"""Lists to choose a statement from by typing: ready questions, saved queries, and what was run before."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tracetui.render.safe import safe
from tracetui.sql.questions import Question, parsed, question, question_names
from tracetui.tui.sql.history import history, saved_queries

_TITLE_CHARS = 300
_MOST_LISTED = 200


class Asker(Protocol):
    """The view that takes what was chosen."""

    def choose_question(self, chosen: Question) -> None: ...

    def choose_statement(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what is shown, what is searched, a remark, and what choosing it does."""

    title: str
    words: str
    about: str
    choose: Callable[[], None]


class _Entries(Provider):
    """Entries that are read once, in a thread."""

    async def startup(self) -> None:
        self._entries = await asyncio.to_thread(self.read)

    @abstractmethod
    def read(self) -> Sequence[Entry]:
        """All entries; blocks."""

    @property
    def asker(self) -> Asker:
        """The view below."""
        return cast("Asker", self.screen)

    async def discover(self) -> Hits:
        for entry in self._entries[:_MOST_LISTED]:
            yield DiscoveryHit(
                _line(entry), entry.choose, text=entry.title, help=safe(entry.about, _TITLE_CHARS)
            )

    async def search(self, query: str) -> Hits:
        wanted = query.casefold().split()
        for at, entry in enumerate(self._entries):
            words = entry.words.casefold()
            if all(word in words for word in wanted):
                score = 1.0 / (2 + at) + all(word in entry.title.casefold() for word in wanted)
                yield Hit(
                    score, _line(entry), entry.choose, text=entry.title, help=safe(entry.about, _TITLE_CHARS)
                )


def _line(entry: Entry) -> Content:
    return Content(safe(entry.title, _TITLE_CHARS))


class QuestionProvider(_Entries):
    """Ready questions and saved queries."""

    def read(self) -> list[Entry]:
        ready = [question(name) for name in question_names()]
        saved = [
            parsed(path.stem, path.read_text(encoding="utf-8", errors="replace")) for path in saved_queries()
        ]
        return [*(self._entry(each, "saved: ") for each in saved), *(self._entry(each, "") for each in ready)]

    def _entry(self, each: Question, kind: str) -> Entry:
        words = f"{each.title} {each.name} {each.about}"
        return Entry(kind + each.title, words, each.about, partial(self.asker.choose_question, each))


class AppQuestionProvider(QuestionProvider):
    """The same among the actions of any view; the SQL view opens and answers."""

    @property
    def asker(self) -> Asker:
        return cast("Asker", self.app)

    def _entry(self, each: Question, kind: str) -> Entry:
        entry = super()._entry(each, kind)
        return replace(entry, title=f"Ask: {entry.title}", words=f"ask {entry.words}")


class HistoryProvider(_Entries):
    """Statements that were run, the latest first."""

    def read(self) -> list[Entry]:
        import time

        return [
            Entry(" ".join(asked.query.split()), asked.query,
                  time.strftime("%Y-%m-%d %H:%M", time.localtime(asked.at_s)),
                  partial(self.asker.choose_statement, asked.query))
            for asked in history()
        ]  # fmt: skip
