SELECT s.source, i.line, i.severity, i.code, i.message
FROM store.issues AS i JOIN store.sources AS s USING (source_key)
ORDER BY list_position(['error', 'data_loss', 'warning', 'info'], i.severity), i.source_key, i.byte_offset, i.line
LIMIT ?
