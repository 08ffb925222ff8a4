-- The steps that cost most.
SELECT r.run_id, c.step, coalesce(i.name, s.name) AS name, s.agent, c.model, c.input_tokens, c.output_tokens,
    c.cost_usd, c.cost_source
FROM store.calls AS c
JOIN store.runs AS r USING (run_key)
JOIN store.spans AS s USING (span_key)
LEFT JOIN store.places AS p ON p.run_key = c.run_key AND p.step = c.step
LEFT JOIN store.spans AS i ON i.span_key = p.span_key
WHERE r.duplicate_of IS NULL AND c.cost_usd IS NOT NULL
ORDER BY c.cost_usd DESC, r.run_id, c.step
LIMIT 50
