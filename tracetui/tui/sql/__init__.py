"""Parts of the SQL view."""
