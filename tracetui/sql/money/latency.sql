-- How long steps take, by kind and name; a percentile needs enough of them to mean something. Money is of all steps,
-- with or without a duration; a call that a wrapper reports stands at the step inside it.
WITH calls AS (
    SELECT run_key, step, sum(cost_usd) AS cost_usd, sum(output_tokens) AS output_tokens,
        count(*) FILTER (is_unpriced) AS unpriced, count(*) FILTER (is_partly_priced) AS partly
    FROM store.money WHERE NOT is_rest AND step IS NOT NULL GROUP BY ALL),
steps AS (
    SELECT p.run_key, p.agent_key, p.self_ns, s.* EXCLUDE (cost_usd, output_tokens), c.* EXCLUDE (run_key, step),
        CASE WHEN s.end_ns >= s.start_ns THEN s.end_ns - s.start_ns ELSE s.took_ns END AS lasted_ns,
        -- tokens come from the first token on, where calls tell when it came
        CASE WHEN c.output_tokens IS NOT NULL AND lasted_ns > s.ttft_ns THEN lasted_ns - s.ttft_ns END AS writing_ns
    FROM store.places AS p
    JOIN store.spans AS s USING (span_key)
    LEFT JOIN calls AS c ON c.run_key = p.run_key AND c.step = p.step
    WHERE p.step IS NOT NULL AND /*condition*/)
SELECT s.kind, /*key*/ AS name, count(lasted_ns) AS n,
    try_cast(quantile_cont(lasted_ns, 0.5) AS BIGINT) AS p50_ns,
    try_cast(quantile_cont(lasted_ns, 0.9) AS BIGINT) AS p90_ns,
    CASE WHEN n >= 100 THEN try_cast(quantile_cont(lasted_ns, 0.99) AS BIGINT) END AS p99_ns,
    max(lasted_ns) AS max_ns, try_cast(sum(lasted_ns) AS BIGINT) AS total_ns,
    try_cast(sum(s.self_ns) FILTER (lasted_ns IS NOT NULL) AS BIGINT) AS self_ns,
    count(s.ttft_ns) AS ttft_n, try_cast(quantile_cont(s.ttft_ns, 0.5) AS BIGINT) AS ttft_p50_ns,
    round(sum(s.output_tokens) FILTER (writing_ns IS NOT NULL) * 1e9 / sum(writing_ns), 1) AS output_tokens_per_s,
    try_cast(sum(s.cost_usd) AS DECIMAL(24, 12)) AS cost_usd,
    coalesce(sum(s.unpriced), 0)::BIGINT AS unpriced_calls, coalesce(sum(s.partly), 0)::BIGINT AS partly_priced_calls
FROM steps AS s
JOIN store.runs AS r USING (run_key)
/*joins*/
WHERE r.duplicate_of IS NULL AND /*of*/
GROUP BY ALL HAVING count(lasted_ns) > 0 OR sum(s.cost_usd) IS NOT NULL
ORDER BY total_ns DESC NULLS LAST, s.kind, name
