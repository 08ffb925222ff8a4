-- title: Cache hit rate
-- about: Which part of the input tokens came out of the provider's cache, by model and agent; calls that say nothing of
-- about: a cache are counted apart.
SELECT
    model, agent, count(*) AS calls,
    count(*) FILTER (cache_read_tokens IS NOT NULL) AS calls_that_tell,
    count(*) FILTER (cache_read_tokens > 0) AS calls_with_hits,
    sum(input_tokens) FILTER (cache_read_tokens IS NOT NULL) AS input_tokens,
    sum(cache_read_tokens) AS cache_read_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    round(sum(cache_read_tokens) / nullif(sum(input_tokens) FILTER (cache_read_tokens IS NOT NULL), 0), 4) AS hit_rate
FROM llm_calls
WHERE usage_role = 'leaf'
GROUP BY ALL
ORDER BY input_tokens DESC NULLS LAST, model, agent
