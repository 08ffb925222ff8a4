-- Whether records of a source that is not read by place may add to the spans of one that is.
SELECT 1 FROM store.spans JOIN store.sources USING (source_key)
WHERE (SELECT count(DISTINCT coalesce(grade, 'full')) FROM store.sources) > 1
GROUP BY hash(id_scope, trace_id, span_id)
HAVING bool_or(grade = 'index') AND bool_or(grade IS DISTINCT FROM 'index')
LIMIT 1
