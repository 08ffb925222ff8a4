-- title: Speed of models
-- about: How long calls of each model take, until the first token where that is recorded, and how fast they write.
SELECT
    model, provider, count(*) AS calls,
    round(quantile_cont(duration_ns, 0.5) / 1e6, 1) AS median_ms,
    round(quantile_cont(duration_ns, 0.95) / 1e6, 1) AS p95_ms,
    round(quantile_cont(ttft_ns, 0.5) / 1e6, 1) AS median_first_token_ms,
    round(sum(output_tokens) FILTER (duration_ns > 0) / nullif(sum(duration_ns) FILTER (output_tokens IS NOT NULL), 0) * 1e9, 1)
        AS output_tokens_per_s
FROM llm_calls
WHERE usage_role = 'leaf'
GROUP BY ALL
ORDER BY p95_ms DESC NULLS LAST, model, provider
