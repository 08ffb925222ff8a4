-- How long steps take, by kind and name; a percentile needs enough of them to mean something.
SELECT s.kind, /*key*/ AS name, count(*) AS n,
    quantile_cont(s.end_ns - s.start_ns, 0.5)::BIGINT AS p50_ns,
    quantile_cont(s.end_ns - s.start_ns, 0.9)::BIGINT AS p90_ns,
    CASE WHEN count(*) >= 100 THEN quantile_cont(s.end_ns - s.start_ns, 0.99)::BIGINT END AS p99_ns,
    max(s.end_ns - s.start_ns) AS max_ns, sum(s.end_ns - s.start_ns)::BIGINT AS total_ns,
    sum(p.self_ns)::BIGINT AS self_ns, count(s.ttft_ns) AS ttft_n, quantile_cont(s.ttft_ns, 0.5)::BIGINT AS ttft_p50_ns,
    -- tokens a second from the first token on, of calls that tell when it came
    round(sum(c.output_tokens) FILTER (s.ttft_ns IS NOT NULL AND s.end_ns - s.start_ns > s.ttft_ns) * 1e9 / nullif(
        sum(s.end_ns - s.start_ns - s.ttft_ns) FILTER (
            c.output_tokens IS NOT NULL AND s.end_ns - s.start_ns > s.ttft_ns), 0), 1) AS output_tokens_per_s,
    sum(c.cost_usd)::DECIMAL(24, 12) AS cost_usd
FROM store.places AS p
JOIN store.spans AS s USING (span_key)
JOIN store.runs AS r USING (run_key)
LEFT JOIN store.calls AS c ON c.span_key = p.span_key
WHERE p.step IS NOT NULL AND s.end_ns >= s.start_ns AND r.duplicate_of IS NULL AND /*condition*/
GROUP BY ALL ORDER BY total_ns DESC, s.kind, name
