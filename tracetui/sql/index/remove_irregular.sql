DELETE FROM store.spans WHERE source_key = $1 AND span_key >= $2 AND (trace_id IS NULL OR trace_id = '')
