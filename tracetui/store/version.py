"""The version of the base tables, told without loading DuckDB."""

from __future__ import annotations

SCHEMA_VERSION = 40
"""Raised whenever a base table or a view of the store changes, so that an older cached file is built anew."""
