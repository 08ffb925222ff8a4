SELECT 1 FROM store.spans GROUP BY id_scope, trace_id, span_id HAVING count(*) > 1 LIMIT 1
