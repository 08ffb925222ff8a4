-- title: Tool success rate
-- about: How often each tool worked, of the calls whose outcome is known. Calls of which only a result is known, and
-- about: calls without one, stand apart.
SELECT
    name AS tool, count(*) AS calls, count(*) FILTER (status = 'ok') AS worked, count(*) FILTER (status = 'error') AS failed,
    count(*) FILTER (status NOT IN ('ok', 'error')) AS unknown,
    round(count(*) FILTER (status = 'ok') / nullif(count(*) FILTER (status IN ('ok', 'error')), 0), 4) AS success_rate,
    count(DISTINCT run_id) AS runs,
    arg_max(error_message, started_at) FILTER (status = 'error') AS last_error
FROM tool_calls
WHERE run_id IN (SELECT run_id FROM runs WHERE duplicate_of IS NULL)
GROUP BY name
ORDER BY success_rate NULLS LAST, failed DESC, calls DESC, tool
