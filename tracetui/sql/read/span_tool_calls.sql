SELECT t.tool_call_id, t.name, t.arguments, t.result, t.status, t.error_message,
    a.span_id, pa.step, e.span_id, pe.step, t.attempt
FROM store.tool_calls AS t
LEFT JOIN store.spans AS a ON a.span_key = t.requested_key
LEFT JOIN store.places AS pa ON pa.span_key = t.requested_key
LEFT JOIN store.spans AS e ON e.span_key = t.executed_key
LEFT JOIN store.places AS pe ON pe.span_key = t.executed_key
WHERE t.requested_key = $span_key OR t.executed_key = $span_key
ORDER BY coalesce(pe.position, pa.position)
