-- Phoenix spans from the columns of a Parquet file; `c0`, `c1` … are the file's columns in the order they were asked for.
INSERT INTO store.spans BY NAME
WITH usual AS (
    SELECT
        row_key, line, byte_offset, byte_length,
        index_id(/*trace_id*/, 32) AS trace_id, index_id(/*span_id*/, 16) AS span_id,
        index_id(/*parent_id*/, 16) AS parent_id,
        index_is_id_read(/*parent_id*/, parent_id) AS is_regular,
        /*name*/ AS name, NULL::VARCHAR AS otel_kind, /*start_time*/ AS start_ns, /*end_time*/ AS end_ns,
        index_status(/*status_code*/) AS said_status, nullif(/*status_message*/, '') AS message,
        /*exceptions*/ AS exceptions, /*values*/
    FROM index_pieces),
/*attributes*/
SELECT
    row_key AS span_key, $source_key AS source_key, $id_scope AS id_scope, line, byte_offset, byte_length,
    CASE WHEN is_regular AND is_usage_read AND span_id IS NOT NULL THEN trace_id END AS trace_id, span_id, parent_id,
    name, kind, kind_original, status, error_type, error_message, start_ns, end_ns, agent, model, requested_model,
    provider, service_tier, tool_name, session_id, user_id, environment, version, input_tokens, output_tokens,
    total_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd, ttft_ns,
    cache_write_5m_tokens, cache_write_1h_tokens, input_audio_tokens, input_image_tokens, output_audio_tokens, usage_semantics,
    false AS is_synthetic
FROM ended
