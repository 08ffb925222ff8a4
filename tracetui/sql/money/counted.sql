-- What counts: calls, what spans report beyond them, and priced calls of tools.
SELECT run_key, span_key, start_ns, end_ns, took_ns, agent, service_tier, model, provider, is_call, counts_as_call, is_unpriced, is_uncomputed,
    is_partly_priced, is_partly_computed, total_tokens AS tokens, input_tokens, output_tokens,
    in_cache_read + in_cache_read_audio AS cache_read_tokens, cost_usd, reported_cost_usd, computed_cost_usd, price_source, price_note, NULL::VARCHAR AS bucket
FROM store.calls
UNION ALL BY NAME
SELECT run_key, span_key, start_ns, end_ns, took_ns, agent, service_tier, '(tools)' AS model, false AS is_call, false AS counts_as_call, false AS is_unpriced, false AS is_uncomputed,
    false AS is_partly_priced, false AS is_partly_computed, cost_usd, cost_usd AS computed_cost_usd, price_source, price_note
FROM store.tool_costs
