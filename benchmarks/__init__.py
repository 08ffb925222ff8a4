"""Synthetic traces and the runner that measures tracetui beside its limits."""
