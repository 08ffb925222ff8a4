-- title: Most expensive runs
-- about: Runs by cost, each with its share of all and the share of those up to it.
-- param limit BIGINT = 20: how many
SELECT
    run_id, name, agent, status, llm_calls, total_tokens, cost_usd, unpriced_calls, partly_priced_calls,
    round(cost_usd / sum(cost_usd) OVER (), 4) AS share,
    round(sum(cost_usd) OVER (ORDER BY cost_usd DESC, run_id) / sum(cost_usd) OVER (), 4) AS share_so_far
FROM runs
WHERE cost_usd IS NOT NULL AND duplicate_of IS NULL
ORDER BY cost_usd DESC, run_id
LIMIT $limit::BIGINT
