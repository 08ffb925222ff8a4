SELECT
    r.run_id, s.span_id, a.span_id AS parent_id, p.position, p.step, s.kind, s.kind_original, s.name, s.agent, s.status,
    s.error_type, s.error_message, s.start_ns, s.end_ns, s.took_ns, coalesce(s.model, s.requested_model) AS model, s.provider,
    s.tool_name, coalesce(l.finish_reasons, []) AS finish_reasons, p.usage_role, s.ttft_ns, l.input, l.output,
    l.attributes, c.resource, l.parameters, o.source, s.line, s.byte_offset,
    s.input_tokens, s.output_tokens, s.total_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens,
    s.cost_usd, l.usage_raw, s.cache_write_5m_tokens, s.cache_write_1h_tokens, s.input_audio_tokens,
    s.input_image_tokens, s.output_audio_tokens, s.other_tokens, s.cache_read_audio_tokens, s.output_image_tokens, s.usage_semantics, s.span_key, s.source_key
FROM store.places AS p
JOIN store.spans AS s USING (span_key)
JOIN store.runs AS r USING (run_key)
JOIN store.sources AS o ON o.source_key = s.source_key
LEFT JOIN store.spans AS a ON a.span_key = p.parent_key
LEFT JOIN store.payloads AS l ON l.span_key = s.span_key
LEFT JOIN store.resources AS c USING (resource_key)
WHERE p.run_key = ? AND p.position = ?
