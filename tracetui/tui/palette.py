"""The palette (`ctrl+p`): every action of the key table that the current view knows, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tracetui.tui.bindings import Key, Scope, key_sign, keys_of
from tracetui.tui.view import View


class ActionProvider(Provider):
    """Actions of the view below the palette, then those that work everywhere."""

    async def discover(self) -> Hits:
        for key, title in self._titles():
            yield DiscoveryHit(title, partial(self._view.perform, key), help=_help(key))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for key, title in self._titles():
            score = matcher.match(f"{title} {key.id}")
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(self._view.perform, key), help=_help(key))

    @property
    def _view(self) -> View:
        assert isinstance(self.screen, View)
        return self.screen

    def _titles(self) -> Iterator[tuple[Key, str]]:
        if isinstance(self.screen, View):
            for key in keys_of(*self.screen.SCOPES, Scope.SEARCH, Scope.APP):
                if key.is_command:
                    yield key, key.description


def _help(key: Key) -> str:
    return f"key {key_sign(key.keys)} · :{key.id}"
