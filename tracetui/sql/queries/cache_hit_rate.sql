-- title: Cache hit rate
-- about: Which part of the input tokens came out of the provider's cache, by model, agent and step, the
-- about: lowest rate first; calls that say nothing of a cache are counted apart.
SELECT
    c.model, c.agent, s.name,
    round(sum(cache_read_tokens) / nullif(sum(c.input_tokens) FILTER (cache_read_tokens IS NOT NULL), 0), 4) AS hit_rate,
    count(*) AS calls,
    count(*) FILTER (cache_read_tokens IS NOT NULL) AS calls_that_tell,
    count(*) FILTER (cache_read_tokens > 0) AS calls_with_hits,
    sum(c.input_tokens) FILTER (cache_read_tokens IS NOT NULL) AS input_tokens,
    sum(cache_read_tokens) AS cache_read_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(c.cost_usd) AS cost_usd,
    count(*) FILTER (c.is_unpriced) AS unpriced_calls, count(*) FILTER (c.is_partly_priced) AS partly_priced_calls
FROM llm_calls AS c JOIN spans AS s USING (run_id, span_id)
WHERE c.usage_role = 'leaf'
GROUP BY ALL
ORDER BY hit_rate NULLS LAST, input_tokens DESC NULLS LAST, c.model, c.agent, s.name
