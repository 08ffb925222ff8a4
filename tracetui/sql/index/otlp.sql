-- Spans of OTLP lines: each row of index_pieces is the text of one span, found in the file but not decoded.
INSERT INTO store.spans BY NAME
WITH parsed AS (
    SELECT
        *,
        /*try*/(json_transform(piece, '{
            "traceId": "VARCHAR", "spanId": "VARCHAR", "parentSpanId": "VARCHAR", "name": "VARCHAR",
            "kind": "VARCHAR", "startTimeUnixNano": "VARCHAR", "endTimeUnixNano": "VARCHAR",
            "status": {"code": "VARCHAR", "message": "VARCHAR", "description": "VARCHAR"},
            "attributes": [{"key": "VARCHAR", "value": {
                "stringValue": "VARCHAR", "intValue": "VARCHAR", "doubleValue": "VARCHAR"}}],
            "events": [{"name": "VARCHAR", "attributes": [{"key": "VARCHAR", "value": {
                "stringValue": "VARCHAR", "intValue": "VARCHAR"}}]}]
        }')) AS span
    FROM index_pieces
    WHERE line + 0 > 0),
timed AS (
    SELECT
        *, try_cast(span.startTimeUnixNano AS BIGINT) AS start_read,
        try_cast(span.endTimeUnixNano AS BIGINT) AS end_read
    FROM parsed),
found AS (
    SELECT
        * EXCLUDE (span, start_read, end_read),
        index_id(span.traceId, 32) AS trace_id, index_id(span.spanId, 16) AS span_id,
        index_id(span.parentSpanId, 16) AS parent_id,
        index_is_id_read(span.parentSpanId, parent_id)
            AND index_is_ns(span.startTimeUnixNano, start_read)
            AND index_is_ns(span.endTimeUnixNano, end_read) AS is_regular,
        span.name AS name, span.kind AS otel_kind,
        index_positive(start_read) AS start_ns, index_positive(end_read) AS end_ns,
        index_status(span.status.code) AS said_status,
        coalesce(nullif(span.status.message, ''), nullif(span.status.description, '')) AS message,
        CASE WHEN len(span.events) > 0 THEN list_transform(
            list_filter(span.events, lambda e: e.name = 'exception'),
            lambda e: {
                'type': list_transform(
                    list_filter(e.attributes, lambda a: a.key = 'exception.type'),
                    lambda a: coalesce(nullif(a.value.stringValue, ''), a.value.intValue))[-1],
                'message': list_transform(
                    list_filter(e.attributes, lambda a: a.key = 'exception.message'),
                    lambda a: coalesce(nullif(a.value.stringValue, ''), a.value.intValue))[-1]
            }) END AS exceptions,
        span.attributes AS attributes
    FROM timed),
/*lists*/
/*attributes*/
SELECT
    row_key AS span_key, $source_key AS source_key, $id_scope AS id_scope, header_key, line,
    chunk_offset + start AS byte_offset, stop - start - 1 AS byte_length,
    CASE
        /*again*/
        WHEN is_regular AND is_usage_read AND span_id IS NOT NULL THEN trace_id
    END AS trace_id, span_id, parent_id,
    name, kind, kind_original, status, error_type, error_message, start_ns, end_ns, agent, model, requested_model,
    provider, CASE WHEN tells_more THEN coalesce(service_tier, index_tier(piece)) ELSE service_tier END AS service_tier,
    CASE WHEN tells_more THEN index_other_charges(piece) END AS other_charges, tool_name, session_id, user_id,
    coalesce(environment, resource_environment) AS environment, coalesce(version, resource_version) AS version,
    input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
    cache_write_5m_tokens, cache_write_1h_tokens, input_audio_tokens, input_image_tokens, output_audio_tokens, usage_semantics,
    ttft_ns, false AS is_synthetic
FROM (SELECT *, CASE WHEN is_call THEN index_hints(piece) ELSE false END AS tells_more FROM ended)
