"""SQL that people type, and ready questions."""
