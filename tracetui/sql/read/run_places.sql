-- All spans of the trace of a run, with where they stand in their source.
SELECT o.source, o.path, o.format, o.container, o.size_bytes, o.why_detected,
    s.line, s.byte_offset, s.byte_length, h.resource_offset, h.resource_length, h.scope_offset, h.scope_length
FROM store.runs AS r
JOIN store.spans AS root ON root.span_key = r.root_key
JOIN store.spans AS s ON s.id_scope = root.id_scope AND s.trace_id = root.trace_id
JOIN store.sources AS o ON o.source_key = s.source_key
LEFT JOIN store.headers AS h ON h.header_key = s.header_key AND h.source_key = s.source_key
WHERE r.run_key = ? AND NOT coalesce(s.is_synthetic, false)
ORDER BY s.source_key, s.byte_offset
