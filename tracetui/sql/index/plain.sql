-- Spans of the plain format; `f` of each row holds the fields as text. Other records go to the full reader.
INSERT INTO store.spans BY NAME
WITH /*rows*/,
found AS (
    SELECT
        * EXCLUDE (f), f.record AS record, f.trace_id AS trace_id, f.span_id AS span_id, f.parent_id AS parent_id,
        f.name AS name, f.error_type AS error_type, f.error_message AS error_message, f.agent AS agent,
        f.model AS model, f.requested_model AS requested_model, f.provider AS provider,
        f.service_tier AS tier, f.tool_name AS tool_name, f.session_id AS session_id, f.user_id AS user_id,
        f.environment AS environment, f.version AS version, f.ttft_ns AS ttft, f.took_ns AS took, f.web_searches AS searched, f.other_charges AS charges, f.usage AS usage,
        f.kind_original AS original, f."start" AS start_text, f."end" AS end_text,
        index_time(f."start") AS start_ns, index_time(f."end") AS end_ns,
        index_integer(f.ttft_ns) AS ttft_ns, index_integer(f.took_ns) AS took_ns, index_integer(f.web_searches) AS web_searches, lower(f.status) AS status, upper(f.kind) AS kind_word,
        f.kind AS said_kind,
        CASE WHEN f.usage IS NOT NULL THEN try(json_transform(f.usage, '/*usage*/')) END AS u
    FROM parsed),
-- figures that few calls have are read only where there is one
figures AS (
    SELECT
        *, /*usual*/,
        CASE WHEN coalesce(/*rare_fields*/) IS NOT NULL THEN {/*rare*/} END AS rare
    FROM found),
counted AS (
    SELECT
        * EXCLUDE (u, rare), /*rare_columns*/,
        CASE WHEN u.semantics = 'unknown' THEN NULL
            WHEN u.semantics IS NULL AND total_tokens IS NULL
                AND coalesce(cache_read_tokens, 0)::HUGEINT + greatest(coalesce(cache_write_tokens, 0),
                    coalesce(cache_write_5m_tokens, 0)::HUGEINT + coalesce(cache_write_1h_tokens, 0)) BETWEEN 1 AND coalesce(input_tokens, 0) THEN 'inclusive'
            ELSE u.semantics END AS usage_semantics,
        usage IS NULL OR (starts_with(usage, '{') AND /*usual_is_read*/ AND (rare IS NULL OR (/*rare_is_read*/))) AS is_usage_regular,
        coalesce(input_tokens, output_tokens, total_tokens) IS NOT NULL OR cost_usd IS NOT NULL AS is_call,
        CASE WHEN kind_word IS NOT NULL THEN CASE kind_word/*kinds*/ ELSE 'UNKNOWN' END END AS kind
    FROM figures)
SELECT
    row_key AS span_key, $source_key AS source_key, $id_scope AS id_scope, line, byte_offset, byte_length,
    CASE
        WHEN span_id <> '' AND trace_id <> '' AND coalesce(nullif(record, '') = 'span', true)
            AND (start_ns IS NOT NULL OR start_text IS NULL) AND (end_ns IS NOT NULL OR end_text IS NULL)
            AND (ttft_ns >= 0 OR ttft IS NULL) AND (took_ns >= 0 OR took IS NULL) AND (web_searches >= 0 OR searched IS NULL) AND is_usage_regular
            AND coalesce(status IN (/*statuses*/), true)
        THEN trace_id
    END AS trace_id,
    span_id, parent_id, name, kind,
    coalesce(original, CASE WHEN kind = 'UNKNOWN' AND kind_word <> 'UNKNOWN' THEN said_kind END) AS kind_original,
    status, error_type, error_message, start_ns, end_ns, agent, model, requested_model, provider,
    coalesce(tier, CASE WHEN tells_more THEN index_tier(usage) END) AS service_tier, tool_name,
    session_id, user_id, environment, version, input_tokens, output_tokens, total_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd, ttft_ns, took_ns, web_searches,
    coalesce(charges, CASE WHEN tells_more THEN index_other_charges(usage) END) AS other_charges, false AS is_synthetic,
    cache_write_5m_tokens, cache_write_1h_tokens, input_audio_tokens,
    input_image_tokens, output_audio_tokens, other_tokens, cache_read_audio_tokens, output_image_tokens, usage_semantics
FROM (SELECT *, CASE WHEN is_call THEN index_hints(usage) ELSE false END AS tells_more FROM counted)
