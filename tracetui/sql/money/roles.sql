-- What spans of each role report; of those that report more than the calls below them, apart, what they repeat
-- (`partly`) and what is more (`remainder`). Of those that count otherwise than the calls below them (`other`) also what
-- these tell; `covered` is the computed price of calls that the cost of a span above stands for.
WITH asked AS (SELECT r.run_key FROM store.priced_runs AS r WHERE r.duplicate_of IS NULL AND /*condition*/),
below AS (
    SELECT p.span_key, sum(f.total_tokens) AS tokens, count(*) AS figures
    FROM store.places AS p
    JOIN store.places AS q ON q.run_key = p.run_key AND q.position > p.position AND q.position < p.subtree_end
    JOIN store.figures AS f ON f.span_key = q.span_key AND f.is_charged AND f.is_told
    WHERE p.run_key IN (FROM asked) AND p.usage_role IN ('rollup', 'duplicate') GROUP BY p.span_key),
figures AS (
    SELECT p.usage_role, f.is_remainder, f.total_tokens,
        coalesce(f.reported_cost_usd, f.computed_cost_usd) AS cost_usd,
        CASE WHEN abs(f.total_tokens - b.tokens) > greatest(b.figures, greatest(f.total_tokens, b.tokens) / 100)
            THEN b.tokens END AS below_tokens,
        p.cover_key IS NOT NULL AND f.reported_cost_usd IS NULL AND NOT f.is_remainder AND cost_usd IS NOT NULL AS is_covered
    FROM store.priced AS f JOIN store.places AS p USING (span_key) LEFT JOIN below AS b ON b.span_key = f.span_key
    WHERE p.run_key IN (FROM asked) AND p.usage_role IS NOT NULL),
told AS (
    SELECT CASE WHEN below_tokens IS NULL THEN usage_role ELSE 'other' END AS role, 1 AS spans, total_tokens, cost_usd,
        below_tokens
    FROM figures WHERE NOT is_remainder AND usage_role <> 'remainder'
    UNION ALL
    SELECT 'covered', 1, NULL, cost_usd, NULL FROM figures WHERE is_covered
    UNION ALL
    SELECT 'remainder', 1, total_tokens, cost_usd, NULL FROM figures WHERE is_remainder
    UNION ALL
    SELECT 'partly', CASE WHEN is_remainder THEN 0 ELSE 1 END, CASE WHEN is_remainder THEN -total_tokens ELSE total_tokens END,
        CASE WHEN is_remainder THEN -cost_usd ELSE cost_usd END, NULL
    FROM figures WHERE usage_role = 'remainder')
SELECT role, sum(spans)::BIGINT AS spans, try_cast(sum(total_tokens) AS BIGINT) AS total_tokens,
    try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd, try_cast(sum(below_tokens) AS BIGINT) AS below_tokens
FROM told GROUP BY role ORDER BY list_position(['leaf', 'rollup', 'duplicate', 'other', 'partly', 'covered', 'remainder'], role)
