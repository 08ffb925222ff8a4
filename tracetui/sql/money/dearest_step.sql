-- Of the steps of a name the one that cost most, else the longest.
SELECT r.run_id, s.span_id
FROM store.places AS p JOIN store.spans AS s USING (span_key) JOIN store.runs AS r USING (run_key)
LEFT JOIN store.money AS c ON c.span_key = p.span_key
WHERE coalesce(s.tool_name, s.name) = $name AND r.duplicate_of IS NULL
ORDER BY c.cost_usd DESC NULLS LAST, s.end_ns - s.start_ns DESC NULLS LAST, r.run_id, p.position LIMIT 1
