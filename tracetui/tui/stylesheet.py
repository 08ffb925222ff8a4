"""Style sheets that are parsed once."""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class KeptStylesheet(Stylesheet):
    """What was parsed stays parsed until the theme changes. Textual parses all sheets three times anew when a view is
    opened for the first time, which is most of what opening takes."""

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        self.parse()
