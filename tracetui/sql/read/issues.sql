SELECT i.code, i.message, i.severity, i.line, i.byte_offset, i.span_id, s.source, i.skipped, i.trace_id
FROM store.issues AS i JOIN store.sources AS s USING (source_key)
WHERE $source IS NULL OR s.source = $source
ORDER BY list_position(['error', 'data_loss', 'warning', 'info'], i.severity), i.source_key, i.byte_offset, i.line
LIMIT $limit
