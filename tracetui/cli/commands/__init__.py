"""One module a command; each has a module-level `command`."""
