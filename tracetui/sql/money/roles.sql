-- What spans of each role report; of those that report more than the calls below them, apart, what they repeat
-- (`partly`) and what is more (`remainder`). Of those that count otherwise than the calls below them (`other`), or whose
-- tokens cost otherwise, also what these tell; `covered` is the computed price of calls that the cost of a span above stands for.
WITH asked AS (SELECT r.run_key FROM store.priced_runs AS r WHERE r.duplicate_of IS NULL AND /*condition*/),
priced AS MATERIALIZED (
    SELECT *, coalesce(reported_cost_usd, computed_cost_usd) AS cost_usd
    FROM store.priced_figures WHERE is_told AND run_key IN (FROM asked)),
-- sums up to each place of a run, whose differences are what stands below a span: to join the two takes the square of a run
so_far AS (
    SELECT p.run_key, p.position, sum(f.total_tokens) OVER places AS tokens, count(*) OVER places AS figures,
        sum(f.cost_usd) OVER places AS usd, count(f.cost_usd) OVER places AS known
    FROM priced AS f JOIN store.places AS p USING (span_key) WHERE f.is_charged
    WINDOW places AS (PARTITION BY p.run_key ORDER BY p.position ROWS UNBOUNDED PRECEDING)),
below AS (
    SELECT p.span_key, l.tokens - coalesce(b.tokens, 0) AS tokens, l.figures - coalesce(b.figures, 0) AS figures,
        CASE WHEN l.known - coalesce(b.known, 0) = l.figures - coalesce(b.figures, 0) THEN l.usd - coalesce(b.usd, 0) END AS usd
    FROM (
        SELECT span_key, run_key, position, subtree_end FROM store.places
        WHERE run_key IN (FROM asked) AND usage_role IN ('rollup', 'duplicate')) AS p
    ASOF JOIN so_far AS l ON l.run_key = p.run_key AND p.subtree_end > l.position
    ASOF LEFT JOIN so_far AS b ON b.run_key = p.run_key AND p.position >= b.position
    WHERE l.position > p.position),
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
