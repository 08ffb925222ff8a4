-- The tools that calls of a run were offered, each once.
SELECT d.tool_key, d.name, coalesce(d.description, ''), coalesce(d.schema, '')
FROM (
    SELECT DISTINCT t.tool_key FROM store.span_tools AS t
    JOIN store.places AS p USING (span_key) WHERE p.run_key = $run_key) AS u
JOIN store.tool_definitions AS d USING (tool_key)
