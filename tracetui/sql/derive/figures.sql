INSERT INTO store.call_settings
SELECT row_number() OVER (), finish_reasons, parameters FROM (
    SELECT DISTINCT l.finish_reasons, l.parameters
    FROM store.places AS p LEFT JOIN store.payloads AS l USING (span_key)
    WHERE p.is_counted OR p.usage_role = 'remainder'
    ORDER BY ALL);

-- What is priced, joined once, so that an answer about money need not do it. A figure without a time has the last price.
INSERT INTO store.figures BY NAME
WITH told AS (
    SELECT span_key, false AS is_remainder, * EXCLUDE (span_key, cost_usd, anomaly), cost_usd AS reported_cost_usd
    FROM store.usage
    UNION ALL BY NAME
    SELECT span_key, true AS is_remainder, * EXCLUDE (span_key, cost_usd), cost_usd AS reported_cost_usd
    FROM store.remainders),
charged AS (
    SELECT span_key, usage_role = 'remainder' AS is_remainder FROM store.places
    WHERE is_counted OR usage_role = 'remainder'),
-- figures that stand for calls of one model are of that model
covers AS (
    SELECT p.cover_key,
        CASE WHEN count(DISTINCT coalesce(s.model, s.requested_model)) = 1 AND count(coalesce(s.model, s.requested_model)) = count(*)
            THEN any_value(coalesce(s.model, s.requested_model)) END AS model,
        CASE WHEN count(DISTINCT s.provider) = 1 THEN any_value(s.provider) END AS provider
    FROM store.places AS p JOIN store.spans AS s USING (span_key) WHERE p.cover_key IS NOT NULL GROUP BY p.cover_key),
-- what is charged besides tokens counts once as well: with the calls that tell it
charges_below AS (
    SELECT p.span_key, sum(t.web_searches)::BIGINT AS web_searches, count(t.other_charges) AS told
    FROM store.places AS p
    JOIN store.spans AS s ON s.span_key = p.span_key AND (s.web_searches > 0 OR s.other_charges IS NOT NULL)
    JOIN store.places AS q ON q.run_key = p.run_key AND q.position > p.position AND q.position < p.subtree_end AND q.is_counted
    JOIN store.spans AS t ON t.span_key = q.span_key
    WHERE p.usage_role = 'remainder' GROUP BY p.span_key),
figures AS (
    SELECT coalesce(t.span_key, c.span_key) AS span_key, coalesce(t.is_remainder, c.is_remainder, false) AS is_remainder,
        t.span_key IS NOT NULL AS is_told, c.span_key IS NOT NULL AS is_charged, t.* EXCLUDE (span_key, is_remainder)
    FROM told AS t FULL JOIN charged AS c ON c.span_key = t.span_key AND c.is_remainder = t.is_remainder)
SELECT
    f.* REPLACE (f.lacks_output AND s.kind NOT IN ('EMBEDDING', 'RERANKER') AS lacks_output), p.run_key, p.usage_role, p.is_counted, p.cover_key, k.span_id AS cover_id, coalesce(p.step, p.call_step) AS step,
    v.cover_key IS NOT NULL AS is_cover, coalesce(s.model, s.requested_model, v.model) AS model,
    coalesce(s.provider, v.provider) AS provider, s.service_tier,
    CASE WHEN NOT f.is_remainder THEN s.web_searches ELSE greatest(s.web_searches - coalesce(b.web_searches, 0), 0) END AS web_searches,
    CASE WHEN NOT f.is_remainder OR coalesce(b.told, 0) = 0 THEN s.other_charges END AS other_charges, f.is_remainder OR s.kind IN ('AGENT', 'CHAIN') AS is_sum,
    coalesce(s.start_ns, s.end_ns, 9214646400000000000) AS moment_ns,
    s.span_id, store.agent_of(s.agent, coalesce(s.kind = 'AGENT', false), s.name, s.span_key = p.run_key, a.span_key IS NOT NULL, a.agent, a.name, a.span_key = p.run_key) AS agent, s.requested_model, s.start_ns, s.end_ns, s.took_ns, s.ttft_ns, s.cache_read_tokens IS NOT NULL AS tells_cache_read,
    s.cache_write_tokens IS NOT NULL AS tells_cache_write, s.reasoning_tokens IS NOT NULL AS tells_reasoning, t.settings_key
FROM figures AS f
JOIN store.places AS p USING (span_key)
JOIN store.spans AS s USING (span_key)
LEFT JOIN charges_below AS b ON b.span_key = f.span_key
LEFT JOIN covers AS v ON v.cover_key = f.span_key
LEFT JOIN store.spans AS k ON k.span_key = p.cover_key
LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
LEFT JOIN store.payloads AS l ON l.span_key = f.span_key
LEFT JOIN store.call_settings AS t
    ON f.is_charged AND t.finish_reasons IS NOT DISTINCT FROM l.finish_reasons AND t.parameters IS NOT DISTINCT FROM l.parameters
ORDER BY f.span_key;
