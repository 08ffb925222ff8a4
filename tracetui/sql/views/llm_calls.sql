CREATE VIEW llm_calls AS
SELECT
    r.run_id, c.span_id, c.step, nullif(coalesce(c.agent, r.agent), '') AS agent, c.model, c.requested_model, c.provider, l.finish_reasons, l.parameters::JSON AS parameters,
    c.input_tokens, c.output_tokens, store.told_cached(c.tells_cache_read, c.in_cache_read + c.in_cache_read_audio) AS cache_read_tokens,
    CASE WHEN c.tells_cache_write OR c.in_cache_write + c.in_cache_write_5m + c.in_cache_write_1h > 0
        THEN c.in_cache_write + c.in_cache_write_5m + c.in_cache_write_1h END AS cache_write_tokens,
    CASE WHEN c.tells_reasoning OR c.out_reasoning > 0 THEN c.out_reasoning END AS reasoning_tokens, c.total_tokens,
    c.unexplained AS tokens_unexplained, c.semantics AS usage_semantics, c.semantics_told AS usage_semantics_told,
    c.ttft_ns, CASE WHEN c.end_ns >= c.start_ns THEN c.end_ns - c.start_ns ELSE c.took_ns END AS duration_ns,
    c.cost_usd, c.cost_source, c.price_date,
    CASE WHEN c.is_call THEN 'leaf' ELSE 'remainder' END AS usage_role, make_timestamp_ns(c.start_ns) AS started_at,
    c.in_uncached, c.in_cache_read, c.in_cache_write_5m, c.in_cache_write_1h,
    c.in_cache_write, c.in_audio, c.in_image, c.out_text,
    c.out_reasoning, c.out_audio, c.other,
    c.reported_cost_usd, c.computed_cost_usd, c.price_source, c.counts_as_call, c.is_unpriced, c.cover_id AS cost_covered_by, c.service_tier,
    c.is_partly_priced, c.is_unsized, c.web_searches, c.other_charges,
    c.in_cache_read_audio, c.out_image
FROM store.calls AS c
JOIN store.runs AS r USING (run_key)
LEFT JOIN store.call_settings AS l USING (settings_key)
WHERE r.duplicate_of IS NULL;

COMMENT ON VIEW llm_calls IS 'One row per counted model call: no wrappers, no roll-ups, no duplicates, so sums are right. What a span reports beyond the calls below it is a row of its own, with the role remainder.';
COMMENT ON COLUMN llm_calls.run_id IS 'run that made the call';
COMMENT ON COLUMN llm_calls.span_id IS 'span that reports it';
COMMENT ON COLUMN llm_calls.step IS 'its step';
COMMENT ON COLUMN llm_calls.agent IS 'agent that made it, else the one in whose span it stands, else the first that its run names';
COMMENT ON COLUMN llm_calls.model IS 'model that answered, else the one asked for';
COMMENT ON COLUMN llm_calls.requested_model IS 'model asked for';
COMMENT ON COLUMN llm_calls.provider IS 'provider of the model';
COMMENT ON COLUMN llm_calls.finish_reasons IS 'why the model stopped';
COMMENT ON COLUMN llm_calls.parameters IS 'parameters of the request';
COMMENT ON COLUMN llm_calls.input_tokens IS 'input tokens, cached ones included';
COMMENT ON COLUMN llm_calls.output_tokens IS 'output tokens, reasoning included';
COMMENT ON COLUMN llm_calls.cache_read_tokens IS 'input tokens read from a cache';
COMMENT ON COLUMN llm_calls.cache_write_tokens IS 'input tokens written to a cache';
COMMENT ON COLUMN llm_calls.reasoning_tokens IS 'output tokens spent on reasoning';
COMMENT ON COLUMN llm_calls.total_tokens IS 'all tokens; the buckets and tokens_unexplained add up to it';
COMMENT ON COLUMN llm_calls.tokens_unexplained IS 'what the reported total has more than its parts';
COMMENT ON COLUMN llm_calls.usage_semantics IS 'how the source counts: inclusive (cached tokens within its input), exclusive (beside it), disjoint (every bucket beside the others), unknown (taken as inclusive, which costs the least)';
COMMENT ON COLUMN llm_calls.usage_semantics_told IS 'what gave that away: format, total, more cached than input, nothing cached, provider, convention (OpenTelemetry names of tokens within the input)';
COMMENT ON COLUMN llm_calls.ttft_ns IS 'nanoseconds to the first token, where recorded';
COMMENT ON COLUMN llm_calls.duration_ns IS 'nanoseconds from start to end';
COMMENT ON COLUMN llm_calls.cost_usd IS 'cost as reported, else as computed; NULL where unknown';
COMMENT ON COLUMN llm_calls.cost_source IS 'reported, computed or unknown';
COMMENT ON COLUMN llm_calls.price_date IS 'day from which the price holds, where the price list says';
COMMENT ON COLUMN llm_calls.usage_role IS 'leaf for a call, remainder for what a span reports beyond the calls below it';
COMMENT ON COLUMN llm_calls.started_at IS 'start, UTC';
COMMENT ON COLUMN llm_calls.in_uncached IS 'fresh input tokens, neither cached nor sound nor image';
COMMENT ON COLUMN llm_calls.in_cache_read IS 'input tokens read from a cache, not known to be sound';
COMMENT ON COLUMN llm_calls.in_cache_write_5m IS 'input tokens written to a cache for 5 minutes';
COMMENT ON COLUMN llm_calls.in_cache_write_1h IS 'input tokens written to a cache for an hour';
COMMENT ON COLUMN llm_calls.in_cache_write IS 'input tokens written to a cache, for how long is not said';
COMMENT ON COLUMN llm_calls.in_audio IS 'audio input tokens';
COMMENT ON COLUMN llm_calls.in_image IS 'image input tokens';
COMMENT ON COLUMN llm_calls.out_text IS 'output tokens that are neither reasoning nor sound nor image';
COMMENT ON COLUMN llm_calls.out_reasoning IS 'output tokens spent on reasoning';
COMMENT ON COLUMN llm_calls.out_audio IS 'audio output tokens';
COMMENT ON COLUMN llm_calls.other IS 'tokens of a kind of their own';
COMMENT ON COLUMN llm_calls.reported_cost_usd IS 'cost that the source reports';
COMMENT ON COLUMN llm_calls.computed_cost_usd IS 'cost by the prices in use; NULL where the model, or a bucket in use, has no price';
COMMENT ON COLUMN llm_calls.price_source IS 'where the price comes from';
COMMENT ON COLUMN llm_calls.counts_as_call IS 'whether it is one in numbers of calls: a call, or a remainder that stands for no call of which we know';
COMMENT ON COLUMN llm_calls.is_unpriced IS 'its cost is unknown, and no span above reports one for it';
COMMENT ON COLUMN llm_calls.service_tier IS 'tier that the call was served in, such as batch, flex or priority, which has prices of its own';
COMMENT ON COLUMN llm_calls.cost_covered_by IS 'span above that reports the cost of this call with others';
COMMENT ON COLUMN llm_calls.is_partly_priced IS 'whether cost_usd is a lower bound: it is computed and leaves out tokens that nobody counts or tells apart';
COMMENT ON COLUMN llm_calls.is_unsized IS 'whether it is unpriced because the price depends on the size of each call and only their sum is told';
COMMENT ON COLUMN llm_calls.web_searches IS 'searches in the web that the provider made and charges for';
COMMENT ON COLUMN llm_calls.other_charges IS 'what else is charged besides tokens, for which no price is known';
COMMENT ON COLUMN llm_calls.in_cache_read_audio IS 'audio input tokens read from a cache';
COMMENT ON COLUMN llm_calls.out_image IS 'image output tokens';
