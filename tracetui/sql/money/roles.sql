-- What spans of each role report; of those that report more than the calls below them, apart, what they repeat
-- (`partly`) and what is more (`remainder`). Of those that count otherwise than the calls below them (`other`), or whose
-- tokens cost otherwise, also what these tell; `covered` is the computed price of calls that the cost of a span above stands for.
WITH asked AS (SELECT r.run_key FROM store.priced_runs AS r WHERE r.duplicate_of IS NULL AND /*condition*/),
priced AS MATERIALIZED (
    SELECT *, coalesce(reported_cost_usd, computed_cost_usd) AS cost_usd
    FROM store.priced_figures WHERE is_told AND run_key IN (FROM asked)),
below AS (
    SELECT p.span_key, sum(f.total_tokens) AS tokens, count(*) AS figures,
        CASE WHEN count(f.cost_usd) = count(*) THEN sum(f.cost_usd) END AS usd
    FROM store.places AS p
    JOIN store.places AS q ON q.run_key = p.run_key AND q.position > p.position AND q.position < p.subtree_end
    JOIN priced AS f ON f.span_key = q.span_key AND f.is_charged
    WHERE p.run_key IN (FROM asked) AND p.usage_role IN ('rollup', 'duplicate') GROUP BY p.span_key),
figures AS (
    SELECT f.usage_role, f.is_remainder, f.total_tokens, f.cost_usd,
        coalesce(abs(f.total_tokens - b.tokens) > greatest(b.figures, greatest(f.total_tokens, b.tokens) / 100), false)
            OR coalesce(abs(f.cost_usd - b.usd) > greatest(f.cost_usd, b.usd) / 100, false) AS is_other,
        CASE WHEN is_other THEN b.tokens END AS below_tokens, CASE WHEN is_other AND f.cost_usd IS NOT NULL THEN b.usd END AS below_cost_usd,
        f.cover_key IS NOT NULL AND f.reported_cost_usd IS NULL AND NOT f.is_remainder AND f.cost_usd IS NOT NULL AS is_covered
    FROM priced AS f LEFT JOIN below AS b ON b.span_key = f.span_key
    WHERE f.usage_role IS NOT NULL),
told AS (
    SELECT CASE WHEN is_other THEN 'other' ELSE usage_role END AS role, 1 AS spans,
        total_tokens, cost_usd, below_tokens, below_cost_usd
    FROM figures WHERE NOT is_remainder AND usage_role <> 'remainder'
    UNION ALL
    SELECT 'covered', 1, NULL, cost_usd, NULL, NULL FROM figures WHERE is_covered
    UNION ALL
    SELECT 'remainder', 1, total_tokens, cost_usd, NULL, NULL FROM figures WHERE is_remainder
    UNION ALL
    SELECT 'partly', CASE WHEN is_remainder THEN 0 ELSE 1 END, CASE WHEN is_remainder THEN -total_tokens ELSE total_tokens END,
        CASE WHEN is_remainder THEN -cost_usd ELSE cost_usd END, NULL, NULL
    FROM figures WHERE usage_role = 'remainder')
SELECT role, sum(spans)::BIGINT AS spans, try_cast(sum(total_tokens) AS BIGINT) AS total_tokens,
    try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd, try_cast(sum(below_tokens) AS BIGINT) AS below_tokens,
    CASE WHEN count(below_cost_usd) = count(*) THEN try_cast(sum(below_cost_usd) AS DECIMAL(24, 12)) END AS below_cost_usd
FROM told GROUP BY role ORDER BY list_position(['leaf', 'rollup', 'duplicate', 'other', 'partly', 'covered', 'remainder'], role)
