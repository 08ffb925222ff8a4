-- Money that bought nothing: each call once, under the first reason that fits.
WITH asked AS (
    SELECT m.span_key, list(m.message_key ORDER BY m.position) AS messages
    FROM store.span_messages AS m WHERE m.side = 'input' GROUP BY m.span_key),
calls AS (
    SELECT c.run_key, c.span_key, c.cost_usd, c.total_tokens, c.is_unpriced, s.status, r.status AS run_status,
        coalesce(a.messages::VARCHAR, l.input) AS question,
        count(*) OVER same AS nth
    FROM store.calls AS c
    JOIN store.runs AS r USING (run_key)
    JOIN store.spans AS s USING (span_key)
    JOIN store.places AS p ON p.span_key = c.span_key
    LEFT JOIN asked AS a ON a.span_key = c.span_key
    LEFT JOIN store.payloads AS l ON l.span_key = c.span_key
    WHERE r.duplicate_of IS NULL
    WINDOW same AS (PARTITION BY c.run_key, c.model, question ORDER BY p.position ROWS UNBOUNDED PRECEDING)),
reasons AS (
    SELECT *, CASE
        WHEN run_status = 'error' THEN 'in runs that failed'
        WHEN status = 'error' THEN 'calls that failed'
        WHEN question IS NOT NULL AND nth > 1 THEN 'the same question again'
        END AS reason
    FROM calls)
SELECT reason, count(*) AS calls, count(DISTINCT run_key) AS runs, sum(total_tokens)::BIGINT AS total_tokens,
    sum(cost_usd)::DECIMAL(24, 12) AS cost_usd, count(*) FILTER (is_unpriced) AS unpriced_calls
FROM reasons WHERE reason IS NOT NULL GROUP BY reason ORDER BY cost_usd DESC NULLS LAST, reason
