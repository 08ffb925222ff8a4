-- Several records of one span (a start and an end, a re-export) become one row, column by column the last word. NULL, an
-- empty text, a kind UNKNOWN and a status unset or unfinished are no words.
-- Records that share an id but differ in both start and name are different spans and stay apart.
CREATE TEMP TABLE twins AS
    SELECT span_key, min(span_key) OVER (PARTITION BY id_scope, trace_id, span_id) AS kept_key
    FROM store.spans
    WHERE (id_scope, trace_id, span_id) IN (
        SELECT (id_scope, trace_id, span_id) FROM store.spans
        GROUP BY id_scope, trace_id, span_id
        HAVING count(*) > 1 AND NOT (count(DISTINCT start_ns) > 1 AND count(DISTINCT name) > 1));

CREATE TEMP TABLE merged AS
    SELECT
        kept_key AS span_key,
        arg_min(source_key, s.span_key) AS source_key, any_value(id_scope) AS id_scope,
        arg_min(line, s.span_key) AS line, arg_min(byte_offset, s.span_key) AS byte_offset,
        arg_min(byte_length, s.span_key) AS byte_length, arg_min(header_key, s.span_key) AS header_key,
        any_value(trace_id) AS trace_id, any_value(span_id) AS span_id,
        arg_max(nullif(COLUMNS(lambda c: c IN ('parent_id', 'name')), ''), s.span_key),
        coalesce(arg_max(kind, s.span_key) FILTER (kind <> 'UNKNOWN'), any_value(kind)) AS kind,
        -- the word goes with the kind
        coalesce(
            arg_max(nullif(kind_original, ''), s.span_key) FILTER (kind <> 'UNKNOWN'),
            arg_max(nullif(kind_original, ''), s.span_key)) AS kind_original,
        coalesce(
            arg_max(status, s.span_key) FILTER (status NOT IN ('unfinished', 'unset')),
            arg_max(status, s.span_key) FILTER (status = 'unset' AND s.end_ns IS NOT NULL),
            arg_max(status, s.span_key)) AS status,
        arg_max(nullif(COLUMNS(lambda c: c IN (
            'error_type', 'error_message', 'agent', 'model', 'requested_model', 'provider', 'tool_name',
            'tool_call_id', 'session_id', 'user_id', 'environment', 'version')), ''), s.span_key),
        arg_max(COLUMNS(lambda c: c IN (
            'end_ns', 'input_tokens', 'output_tokens', 'total_tokens', 'cache_read_tokens', 'cache_write_tokens', 'reasoning_tokens',
            'cache_write_5m_tokens', 'cache_write_1h_tokens', 'input_audio_tokens', 'input_image_tokens',
            'output_audio_tokens', 'other_tokens', 'cache_read_audio_tokens', 'output_image_tokens', 'usage_semantics', 'service_tier', 'web_searches', 'other_charges', 'cost_usd', 'ttft_ns', 'took_ns', 'usage_unread', 'is_synthetic')),
            s.span_key),
        -- of times that differ by a rounding alone the first is what was told: later records may have it from an id
        CASE WHEN max(start_ns) - min(start_ns) > 1000000 THEN arg_max(start_ns, s.span_key)
            ELSE arg_min(start_ns, s.span_key) END AS start_ns
    FROM store.spans AS s JOIN twins USING (span_key)
    GROUP BY kept_key;

INSERT INTO store.issues
    SELECT arg_max(source_key, s.span_key), arg_max(line, s.span_key), arg_max(byte_offset, s.span_key), 'warning',
        'contradicting_records', 'records of one span differ in what they say; the last one stands', any_value(span_id), 0, any_value(trace_id)
    FROM store.spans AS s JOIN twins USING (span_key)
    GROUP BY kept_key
    HAVING count(DISTINCT name) > 1 OR count(DISTINCT parent_id) > 1
        OR max(start_ns) - min(start_ns) > 1000000  -- less is rounding between two exports
        -- a part without a name adds what its format concluded
        OR count(DISTINCT status) FILTER (status IN ('ok', 'error') AND name IS NOT NULL) > 1
    LIMIT 1000;
INSERT INTO store.issues
    SELECT source_key, arg_min(line, span_key), arg_min(byte_offset, span_key), 'info', 'merged_records',
        count(*) || CASE count(*) WHEN 1 THEN ' record adds' ELSE ' records add' END
            || ' to a span that another record had begun', arg_min(span_id, span_key), 0,
        arg_min(trace_id, span_key)
    FROM store.spans JOIN twins USING (span_key)
    WHERE span_key <> kept_key
        -- what a format concluded is no record; sources that are read by an index have none
        AND (span_key IN (SELECT span_key FROM store.records)
            OR source_key NOT IN (SELECT source_key FROM store.records WHERE span_key IS NOT NULL))
    GROUP BY source_key;

-- An index keeps no account of records. It says where they stand, also those of other sources that add to its spans.
INSERT INTO store.further_records
    SELECT kept_key, source_key, header_key, line, byte_offset, byte_length
    FROM store.spans JOIN twins USING (span_key)
    WHERE span_key <> kept_key AND EXISTS (SELECT 1 FROM store.sources WHERE grade = 'index');
UPDATE store.sources AS s SET merged = s.merged + m.merged FROM (
    SELECT source_key, count(*) AS merged FROM store.spans JOIN twins USING (span_key)
    WHERE span_key <> kept_key AND span_key NOT IN (SELECT span_key FROM store.records WHERE span_key IS NOT NULL)
    GROUP BY source_key) AS m
WHERE s.source_key = m.source_key AND s.grade = 'index';

DELETE FROM store.spans WHERE span_key IN (SELECT span_key FROM twins);
INSERT INTO store.spans BY NAME SELECT * FROM merged;
