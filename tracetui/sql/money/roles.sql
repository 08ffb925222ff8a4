-- What spans of each role report; of those that report more than the calls below them, apart, what they repeat
-- (`partly`) and what is more (`remainder`).
WITH asked AS (SELECT r.run_key FROM store.priced_runs AS r WHERE r.duplicate_of IS NULL AND /*condition*/),
figures AS (
    SELECT p.usage_role, f.is_remainder, f.total_tokens,
        coalesce(f.reported_cost_usd, f.computed_cost_usd) AS cost_usd
    FROM store.priced AS f JOIN store.places AS p USING (span_key)
    WHERE p.run_key IN (FROM asked) AND p.usage_role IS NOT NULL),
told AS (
    SELECT usage_role AS role, 1 AS spans, total_tokens, cost_usd
    FROM figures WHERE NOT is_remainder AND usage_role <> 'remainder'
    UNION ALL
    SELECT 'remainder', 1, total_tokens, cost_usd FROM figures WHERE is_remainder
    UNION ALL
    SELECT 'partly', CASE WHEN is_remainder THEN 0 ELSE 1 END, CASE WHEN is_remainder THEN -total_tokens ELSE total_tokens END,
        CASE WHEN is_remainder THEN -cost_usd ELSE cost_usd END
    FROM figures WHERE usage_role = 'remainder')
SELECT role, sum(spans)::BIGINT AS spans, try_cast(sum(total_tokens) AS BIGINT) AS total_tokens,
    try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd
FROM told GROUP BY role ORDER BY list_position(['leaf', 'rollup', 'duplicate', 'partly', 'remainder'], role)
