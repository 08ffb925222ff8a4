"""The version of tracetui, told without asking for installed packages, which takes a tenth of the way to the first runs."""

VERSION = "0.1.0"
