"""The version of the base tables, told without loading DuckDB."""

from __future__ import annotations

SCHEMA_VERSION = 5
"""Raised whenever a base table changes, so that an older cached file is built anew."""
