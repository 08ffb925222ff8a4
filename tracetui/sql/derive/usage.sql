-- What the figures of each span mean: disjoint buckets that add up to the total, inclusive sums, and how it was told
-- whether the source counts cached tokens inside its input. The only place where that is decided.
--
-- Where the format knows (usage_semantics is set) the figures are inclusive already. Else the arithmetic decides: a
-- total that is input + cache + output, or more cached tokens than input, can only be counts beside each other.
-- What is below 0 or beyond 2^53 is no number of tokens, and what is below 0 no cost.
INSERT INTO store.usage BY NAME
WITH said AS (
    SELECT
        span_key, source_key, nullif(usage_semantics, 'convention') AS known, usage_semantics IS NOT DISTINCT FROM 'convention' AS is_convention, spans.cost_usd AS given_cost_usd, CASE WHEN given_cost_usd >= 0 THEN given_cost_usd END AS cost_usd,
        CASE WHEN input_tokens BETWEEN 0 AND 9007199254740992 THEN input_tokens END::HUGEINT AS given_in,
        CASE WHEN output_tokens BETWEEN 0 AND 9007199254740992 THEN output_tokens END::HUGEINT AS given_out,
        CASE WHEN total_tokens BETWEEN 0 AND 9007199254740992 THEN total_tokens END::HUGEINT AS given_total,
        CASE WHEN cache_read_tokens BETWEEN 0 AND 9007199254740992 THEN cache_read_tokens ELSE 0 END::HUGEINT AS cache_read,
        CASE WHEN cache_write_5m_tokens BETWEEN 0 AND 9007199254740992 THEN cache_write_5m_tokens ELSE 0 END::HUGEINT AS write_5m,
        CASE WHEN cache_write_1h_tokens BETWEEN 0 AND 9007199254740992 THEN cache_write_1h_tokens ELSE 0 END::HUGEINT AS write_1h,
        greatest(CASE WHEN cache_write_tokens BETWEEN 0 AND 9007199254740992 THEN cache_write_tokens ELSE 0 END, write_5m + write_1h) AS cache_write,
        CASE WHEN input_audio_tokens BETWEEN 0 AND 9007199254740992 THEN input_audio_tokens ELSE 0 END::HUGEINT AS audio_in,
        CASE WHEN input_image_tokens BETWEEN 0 AND 9007199254740992 THEN input_image_tokens ELSE 0 END::HUGEINT AS image_in,
        CASE WHEN reasoning_tokens BETWEEN 0 AND 9007199254740992 THEN reasoning_tokens ELSE 0 END::HUGEINT AS reasoning,
        CASE WHEN output_audio_tokens BETWEEN 0 AND 9007199254740992 THEN output_audio_tokens ELSE 0 END::HUGEINT AS audio_out,
        CASE WHEN cache_read_audio_tokens BETWEEN 0 AND 9007199254740992 THEN cache_read_audio_tokens ELSE 0 END::HUGEINT AS cached_audio,
        CASE WHEN output_image_tokens BETWEEN 0 AND 9007199254740992 THEN output_image_tokens ELSE 0 END::HUGEINT AS image_out,
        CASE WHEN other_tokens BETWEEN 0 AND 9007199254740992 THEN other_tokens ELSE 0 END::HUGEINT AS other,
        least(input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
            cache_write_5m_tokens, cache_write_1h_tokens, input_audio_tokens, input_image_tokens,
            output_audio_tokens, other_tokens, cache_read_audio_tokens, output_image_tokens) < 0 AS is_negative,
        greatest(input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
            cache_write_5m_tokens, cache_write_1h_tokens, input_audio_tokens, input_image_tokens,
            output_audio_tokens, other_tokens, cache_read_audio_tokens, output_image_tokens) > 9007199254740992 AS is_beyond,
        cache_read + cache_write AS cached, lower(concat_ws(' ', provider, model, requested_model)) AS whose
    FROM store.spans
    WHERE coalesce(input_tokens, output_tokens, total_tokens, cache_read_tokens, cache_write_tokens) IS NOT NULL
        OR given_cost_usd IS NOT NULL),
told AS (
    SELECT *, CASE
        WHEN given_in IS NULL THEN NULL
        WHEN known IS NOT NULL AND cached <= given_in THEN 'format'
        WHEN cached = 0 THEN 'nothing cached'
        WHEN given_total = given_in + coalesce(given_out, 0) AND cached <= given_in THEN 'total'
        WHEN given_total IN (
            given_in + cached + coalesce(given_out, 0), given_in + cached + coalesce(given_out, 0) + reasoning) THEN 'total'
        WHEN cached > given_in THEN 'more cached than input'
        -- these count cached tokens inside their input themselves, as OpenTelemetry asks: there is no other reading
        WHEN regexp_matches(whose, 'openai|gpt-|gemini|deepseek|mistral|grok') AND NOT regexp_matches(whose, 'anthropic|claude|bedrock|amazon')
            THEN 'provider'
        -- names that OpenTelemetry made for tokens within the input, unless the same source uses them otherwise elsewhere
        WHEN is_convention AND NOT bool_or(is_convention AND cached > given_in) OVER (PARTITION BY source_key) THEN 'convention'
        END AS semantics_told
    FROM said),
meant AS (
    SELECT *,
        CASE
            WHEN given_in IS NULL THEN NULL
            WHEN semantics_told = 'format' THEN known
            WHEN semantics_told = 'nothing cached' THEN coalesce(known, 'inclusive')
            WHEN semantics_told = 'more cached than input' THEN 'exclusive'
            WHEN semantics_told IN ('provider', 'convention') THEN 'inclusive'
            WHEN semantics_told = 'total' THEN
                CASE WHEN given_total = given_in + coalesce(given_out, 0) AND cached <= given_in THEN 'inclusive' ELSE 'exclusive' END
            ELSE 'unknown' END AS semantics,
        CASE
            WHEN given_in IS NULL THEN nullif(cached, 0)
            WHEN semantics = 'exclusive' AND semantics_told <> 'format' THEN given_in + cached
            ELSE given_in END AS all_in,
        CASE
            WHEN given_out IS NULL THEN nullif(reasoning, 0)
            WHEN reasoning > given_out THEN given_out + reasoning
            WHEN known IS NULL AND reasoning > 0 AND given_total = coalesce(all_in, 0) + given_out + reasoning
                THEN given_out + reasoning
            ELSE given_out END AS all_out
    FROM told),
parted AS (
    SELECT *,
        coalesce(all_in, 0) - cached AS not_cached,
        least(cached_audio, cache_read) AS in_cache_read_audio,
        least(audio_in, greatest(not_cached, 0)) AS in_audio,
        least(image_in, greatest(not_cached - in_audio, 0)) AS in_image,
        least(reasoning, coalesce(all_out, 0)) AS out_reasoning,
        least(audio_out, coalesce(all_out, 0) - out_reasoning) AS out_audio,
        least(image_out, coalesce(all_out, 0) - out_reasoning - out_audio) AS out_image,
        coalesce(all_in, 0) + coalesce(all_out, 0) + other AS explained,
        greatest(coalesce(given_total, 0) - explained, 0) AS unexplained
    FROM meant)
SELECT
    span_key, semantics, semantics_told, cost_usd,
    -- figures of one side alone are no sum of a call, unless its total says that there is nothing on the other
    given_in IS NULL AND coalesce(all_in, all_out) IS NOT NULL AS lacks_input,
    given_out IS NULL AND coalesce(all_in, all_out) IS NOT NULL AND given_total IS DISTINCT FROM explained AS lacks_output,
    try_cast(all_in AS BIGINT) AS input_tokens, try_cast(all_out AS BIGINT) AS output_tokens,
    CASE WHEN coalesce(all_in, all_out, given_total) IS NOT NULL OR other > 0
        THEN try_cast(explained + unexplained AS BIGINT) END AS total_tokens,
    try_cast(not_cached - in_audio - in_image AS BIGINT) AS in_uncached,
    (cache_read - in_cache_read_audio)::BIGINT AS in_cache_read, in_cache_read_audio::BIGINT AS in_cache_read_audio, write_5m::BIGINT AS in_cache_write_5m, write_1h::BIGINT AS in_cache_write_1h,
    try_cast(cache_write - write_5m - write_1h AS BIGINT) AS in_cache_write, in_audio::BIGINT AS in_audio,
    in_image::BIGINT AS in_image, try_cast(coalesce(all_out, 0) - out_reasoning - out_audio - out_image AS BIGINT) AS out_text,
    out_reasoning::BIGINT AS out_reasoning, out_audio::BIGINT AS out_audio, out_image::BIGINT AS out_image, other::BIGINT AS other,
    try_cast(unexplained AS BIGINT) AS unexplained,
    nullif(concat_ws('; ',
        CASE WHEN is_negative THEN 'a negative number of tokens counts as unknown' END,
        CASE WHEN given_cost_usd < 0 THEN 'a cost below 0 counts as unknown' END,
        CASE WHEN is_beyond THEN 'more than 2^53 is no number of tokens and counts as unknown' END,
        CASE WHEN semantics_told = 'more cached than input' THEN
            cached || ' cached tokens exceed the input of ' || given_in || ': taken as counted beside it' END,
        CASE WHEN reasoning > given_out THEN
            reasoning || ' reasoning tokens exceed the output of ' || given_out || ': taken as counted beside it' END,
        CASE WHEN audio_in > in_audio OR image_in > in_image OR audio_out > out_audio
            OR cached_audio > in_cache_read_audio OR image_out > out_image THEN
            'audio or image tokens overlap with others or exceed their sum' END,
        CASE WHEN given_total < explained AND given_total > 0 THEN
            'the total of ' || given_total || ' is less than its parts, ' || explained END,
        CASE WHEN unexplained > 0 AND given_in IS NOT NULL AND given_out IS NOT NULL THEN
            'the total of ' || given_total || ' is ' || unexplained || ' more than its parts' END), '') AS anomaly
FROM parted;

CREATE TEMP TABLE odd_usage AS
    SELECT source_key, line, byte_offset, u.anomaly AS message, s.span_id, s.trace_id, span_key
    FROM store.usage AS u JOIN store.spans AS s USING (span_key) WHERE u.anomaly IS NOT NULL
UNION ALL
    SELECT source_key, line, byte_offset, usage_unread, span_id, trace_id, span_key
    FROM store.spans WHERE usage_unread IS NOT NULL;
INSERT INTO store.issues
    SELECT source_key, line, byte_offset, 'warning', 'usage_anomaly', message, span_id, 0, trace_id FROM odd_usage
    QUALIFY row_number() OVER (PARTITION BY source_key ORDER BY span_key, message) <= 100;
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, 'warning', 'usage_anomaly', 'the same of ' || (count(*) - 100) || ' more span' || CASE count(*) WHEN 101 THEN '' ELSE 's' END, NULL, 0, NULL
    FROM odd_usage GROUP BY source_key HAVING count(*) > 100;
DROP TABLE odd_usage;
