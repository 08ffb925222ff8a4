-- All spans of the trace of a run, with where they stand in their source; with them the other runs of its
-- conversation, whose messages and tool calls it goes on from, unless that is a very long one.
WITH this AS (
    SELECT r.run_key, r.trace_id, r.session_id FROM store.runs AS r WHERE r.run_key = ?),
related AS (
    SELECT o.trace_id FROM store.runs AS o JOIN this ON o.session_id = this.session_id
    WHERE (SELECT sum(spans) FROM store.runs AS a JOIN this AS t ON a.session_id = t.session_id) <= 20000
    UNION
    SELECT trace_id FROM this)
SELECT o.source, o.path, o.format, o.container, o.size_bytes, o.why_detected,
    o.modified_ns, o.grade, s.line, s.byte_offset, s.byte_length, h.resource_offset, h.resource_length, h.scope_offset, h.scope_length
FROM store.spans AS s
JOIN related USING (trace_id)
JOIN store.sources AS o USING (source_key)
LEFT JOIN store.headers AS h ON h.header_key = s.header_key AND h.source_key = s.source_key
WHERE NOT coalesce(s.is_synthetic, false)
ORDER BY s.source_key, s.byte_offset
