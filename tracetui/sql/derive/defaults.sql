-- A span whose length is known lacks no time where one of the two is told.
UPDATE store.spans SET start_ns = coalesce(start_ns, end_ns - took_ns), end_ns = coalesce(end_ns, start_ns + took_ns)
WHERE took_ns IS NOT NULL AND (
    (end_ns IS NULL AND start_ns <= 9214646400000000000 - took_ns) OR (start_ns IS NULL AND end_ns > took_ns));

-- What no record of a span said, once all its records are merged.
UPDATE store.spans SET
    kind = coalesce(kind, 'UNKNOWN'),
    name = coalesce(name, tool_name, kind_original, '(unnamed)'),
    status = coalesce(status, CASE WHEN end_ns IS NULL AND took_ns IS NULL THEN 'unfinished' ELSE 'unset' END)
WHERE kind IS NULL OR name IS NULL OR status IS NULL;
