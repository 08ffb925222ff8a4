-- What spans of each role report, and what is left of others beyond the calls below them.
WITH asked AS (SELECT r.run_key FROM store.priced_runs AS r WHERE r.duplicate_of IS NULL AND /*condition*/)
SELECT CASE WHEN f.is_remainder THEN 'remainder' ELSE p.usage_role END AS role, count(*) AS spans,
    try_cast(sum(f.total_tokens) AS BIGINT) AS total_tokens,
    sum(coalesce(f.reported_cost_usd, f.computed_cost_usd))::DECIMAL(24, 12) AS cost_usd
FROM store.priced AS f JOIN store.places AS p USING (span_key)
WHERE p.run_key IN (FROM asked) AND p.usage_role IS NOT NULL AND (f.is_remainder OR p.usage_role <> 'remainder')
GROUP BY role ORDER BY list_position(['leaf', 'rollup', 'duplicate', 'remainder'], role)
