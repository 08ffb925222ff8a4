-- Lines with spans that have attributes which the statement did not ask for, and the key of their first span.
SELECT line, min(span_key) FROM store.spans
WHERE source_key = $1 AND span_key >= $2 AND line IN (
    SELECT line FROM store.spans WHERE source_key = $1 AND span_key >= $2 AND trace_id = '')
GROUP BY line
ORDER BY line
