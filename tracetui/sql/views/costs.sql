CREATE VIEW costs AS
SELECT
    r.run_id, w.span_id, w.step, w.model, w.provider, w.bucket, w.tokens, w.usd_per_million,
    w.cost_usd::DECIMAL(24, 12) AS cost_usd, w.cost_source, w.price_date, w.computed_cost_usd, w.price_source, nullif(coalesce(w.agent, r.agent), '') AS agent
FROM store.cost_parts AS w
JOIN store.runs AS r USING (run_key)
WHERE r.duplicate_of IS NULL;

COMMENT ON VIEW costs IS 'One row per token bucket of a counted call, one for its cost where that is reported as a whole, one per priced request and tool call. Sums are right.';
COMMENT ON COLUMN costs.run_id IS 'run that made the call';
COMMENT ON COLUMN costs.span_id IS 'span that reports it';
COMMENT ON COLUMN costs.step IS 'its step';
COMMENT ON COLUMN costs.model IS 'model that answered, else the one asked for';
COMMENT ON COLUMN costs.provider IS 'provider of the model';
COMMENT ON COLUMN costs.bucket IS 'in_uncached, in_cache_read, in_cache_read_audio, in_cache_write_5m, in_cache_write_1h, in_cache_write, in_audio, in_image, out_text, out_reasoning, out_audio, out_image, other, unexplained; request, web_search and tool_call where those have a price; charges for others besides tokens, which have none; reported for the cost of a call as reported, remainder for what a span reports beyond the calls below it; unpriced for a call of which nothing is known';
COMMENT ON COLUMN costs.tokens IS 'tokens of the bucket';
COMMENT ON COLUMN costs.usd_per_million IS 'price in dollars for a million of them';
COMMENT ON COLUMN costs.cost_usd IS 'cost that counts; NULL on token buckets of calls whose cost is reported or unknown';
COMMENT ON COLUMN costs.cost_source IS 'reported, computed or unknown';
COMMENT ON COLUMN costs.price_date IS 'day from which the price holds, where the price list says';
COMMENT ON COLUMN costs.computed_cost_usd IS 'cost by the price, also where another is reported';
COMMENT ON COLUMN costs.price_source IS 'where the price comes from';
COMMENT ON COLUMN costs.agent IS 'agent that made the call, else the one in whose span it stands, else the first that its run names';
