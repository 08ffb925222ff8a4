"""Traces that try to act on the terminal, and what a terminal may be sent."""
