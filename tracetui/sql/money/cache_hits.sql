-- How much of the input each kind of call read from a cache, the lowest share first.
SELECT c.model, s.agent, s.name, count(*) AS calls, sum(c.input_tokens)::BIGINT AS input_tokens,
    sum(c.in_cache_read)::BIGINT AS cache_read_tokens,
    round(100.0 * sum(c.in_cache_read) / nullif(sum(c.input_tokens), 0), 1) AS cache_hit_percent,
    sum(c.cost_usd)::DECIMAL(24, 12) AS cost_usd
FROM store.calls AS c JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
WHERE r.duplicate_of IS NULL AND c.is_call AND c.input_tokens > 0
GROUP BY ALL ORDER BY cache_hit_percent, sum(c.input_tokens) DESC, c.model, s.agent, s.name LIMIT 50
