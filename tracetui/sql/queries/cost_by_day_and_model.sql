-- title: Cost by day and model
-- about: What model calls cost on each day (UTC), with their tokens. A sum is a lower bound where calls, or
-- about: tokens of theirs, have no price; below 0 is what a span reports less than the calls below it cost.
SELECT
    started_at::DATE AS day, model, count(*) FILTER (counts_as_call) AS calls,
    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(cost_usd) AS cost_usd,
    count(*) FILTER (is_unpriced) AS unpriced_calls,
    count(*) FILTER (is_partly_priced) AS partly_priced_calls
FROM llm_calls
GROUP BY ALL
ORDER BY day, cost_usd DESC NULLS LAST, model
