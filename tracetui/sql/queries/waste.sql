-- title: Wasted money
-- about: Calls whose money bought nothing, each under the first reason that fits: in runs that failed, calls that failed
-- about: themselves, the same question to the same model again in one run.
WITH asked AS (
    SELECT run_id, span_id, list(concat_ws(' ', role, part, tool_call_id, content) ORDER BY position, content)::VARCHAR AS said
    FROM messages WHERE side = 'input' GROUP BY ALL),
calls AS (
    SELECT c.run_id, c.cost_usd, c.total_tokens, c.is_unpriced, c.is_partly_priced, s.status, r.status AS run_status,
        coalesce(a.said, s.input) AS question, count(*) OVER same AS nth
    FROM llm_calls AS c
    JOIN runs AS r USING (run_id)
    JOIN spans AS s USING (run_id, span_id)
    LEFT JOIN asked AS a USING (run_id, span_id)
    WHERE c.usage_role = 'leaf'
    WINDOW same AS (PARTITION BY c.run_id, c.model, question ORDER BY s.position ROWS UNBOUNDED PRECEDING)),
reasons AS (
    SELECT *, CASE
        WHEN run_status = 'error' THEN 'in runs that failed'
        WHEN status = 'error' THEN 'calls that failed'
        WHEN question IS NOT NULL AND nth > 1 THEN 'the same question again'
        END AS reason
    FROM calls)
SELECT reason, count(*) AS calls, count(DISTINCT run_id) AS runs, sum(total_tokens)::BIGINT AS total_tokens,
    try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd, count(*) FILTER (is_unpriced) AS unpriced_calls,
    count(*) FILTER (is_partly_priced) AS partly_priced_calls
FROM reasons WHERE reason IS NOT NULL GROUP BY reason ORDER BY cost_usd DESC NULLS LAST, reason
