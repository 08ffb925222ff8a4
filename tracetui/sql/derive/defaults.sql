-- What no record of a span said, once all its records are merged.
UPDATE store.spans SET
    kind = coalesce(kind, 'UNKNOWN'),
    name = coalesce(name, tool_name, kind_original, '(unnamed)'),
    status = coalesce(status, CASE WHEN end_ns IS NULL THEN 'unfinished' ELSE 'unset' END)
WHERE kind IS NULL OR name IS NULL OR status IS NULL;
