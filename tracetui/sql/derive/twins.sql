-- Whether several records may share the ids of one span. Hashes take a tenth of the memory of the ids, and a false
-- alarm only costs time.
SELECT 1 FROM store.spans GROUP BY hash(id_scope, trace_id, span_id) HAVING count(*) > 1 LIMIT 1
