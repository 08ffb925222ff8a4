-- All spans of the trace of a run, with where they stand in their source; with them the other runs of its
-- conversation, whose messages and tool calls it goes on from, unless that is a very long one.
WITH this AS (
    SELECT r.run_key, r.trace_id, r.session_id FROM store.runs AS r WHERE r.run_key = ?),
related AS (
    SELECT o.trace_id FROM store.runs AS o JOIN this ON o.session_id = this.session_id
    WHERE (SELECT sum(spans) FROM store.runs AS a JOIN this AS t ON a.session_id = t.session_id) <= 20000
    UNION
    SELECT trace_id FROM this),
spans AS (
    SELECT span_key, source_key, header_key, line, byte_offset, byte_length
    FROM store.spans JOIN related USING (trace_id) WHERE NOT coalesce(is_synthetic, false)),
records AS (
    SELECT source_key, header_key, line, byte_offset, byte_length FROM spans
    UNION ALL
    SELECT f.source_key, f.header_key, f.line, f.byte_offset, f.byte_length
    FROM store.further_records AS f JOIN spans USING (span_key))
SELECT o.source, o.path, o.format, o.container, o.size_bytes, o.why_detected,
    o.modified_ns, o.grade, s.line, s.byte_offset, s.byte_length, h.resource_offset, h.resource_length, h.scope_offset, h.scope_length
FROM records AS s
JOIN store.sources AS o USING (source_key)
LEFT JOIN store.headers AS h ON h.header_key = s.header_key AND h.source_key = s.source_key
ORDER BY s.source_key, s.byte_offset
