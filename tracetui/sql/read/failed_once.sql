-- Failed steps of a run that no later step did again with the same input, as far as inputs are recorded.
WITH steps AS (
    SELECT p.position, s.kind, coalesce(s.tool_name, s.name) AS name, s.status, s.start_ns, s.end_ns, l.input
    FROM store.places AS p JOIN store.spans AS s USING (span_key) JOIN store.payloads AS l USING (span_key)
    WHERE p.run_key = $run_key AND l.input IS NOT NULL)
SELECT position FROM steps AS s
WHERE status = 'error' AND NOT EXISTS (
    FROM steps AS t WHERE t.kind = s.kind AND t.name = s.name AND t.input = s.input AND t.start_ns >= s.end_ns)
