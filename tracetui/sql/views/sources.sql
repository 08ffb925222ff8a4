CREATE VIEW sources AS
SELECT
    s.source, s.format, s.format_version, s.why_detected, s.container, s.size_bytes,
    s.records, s.records - s.skipped - s.merged AS loaded, s.merged, s.skipped,
    coalesce(t.spans, 0) AS spans, coalesce(t.runs, 0) AS runs,
    make_timestamp_ns(t.first_ns) AS first_at, make_timestamp_ns(t.last_ns) AS last_at,
    s.elapsed_ms, s.grade, s.source_key AS source_number
FROM store.sources AS s
LEFT JOIN (
    SELECT n.source_key, count(*) FILTER (NOT is_synthetic) AS spans, min(start_ns) AS first_ns,
        max(greatest(start_ns, end_ns)) AS last_ns, any_value(r.runs) AS runs
    FROM store.spans AS n
    LEFT JOIN (SELECT source_key, count(*) AS runs FROM store.runs GROUP BY source_key) AS r USING (source_key)
    GROUP BY n.source_key) AS t USING (source_key);

COMMENT ON VIEW sources IS 'One row per file, or member of a bundle, that was opened. records = loaded + merged + skipped.';
COMMENT ON COLUMN sources.source IS 'the path as given, or bundle.zip!member';
COMMENT ON COLUMN sources.format IS 'name of the format that read it; NULL where none fits';
COMMENT ON COLUMN sources.format_version IS 'flavour or version of the format, where it shows';
COMMENT ON COLUMN sources.why_detected IS 'what in the content gave the format away';
COMMENT ON COLUMN sources.container IS 'how the records are wrapped: jsonl, json array, json, concatenated json, prefixed jsonl, csv, tsv, parquet, with compression';
COMMENT ON COLUMN sources.size_bytes IS 'size as stored';
COMMENT ON COLUMN sources.records IS 'records read';
COMMENT ON COLUMN sources.loaded IS 'records that became spans, events, scores or facts about a trace';
COMMENT ON COLUMN sources.merged IS 'records that added to a span which another record had begun';
COMMENT ON COLUMN sources.skipped IS 'records that could not be used; each has an import issue';
COMMENT ON COLUMN sources.spans IS 'spans of this source';
COMMENT ON COLUMN sources.runs IS 'runs whose root stands in this source';
COMMENT ON COLUMN sources.first_at IS 'earliest start, UTC';
COMMENT ON COLUMN sources.last_at IS 'latest time, UTC';
COMMENT ON COLUMN sources.elapsed_ms IS 'milliseconds spent on reading';
COMMENT ON COLUMN sources.grade IS 'full, or index where payloads are still read from the source on demand';
COMMENT ON COLUMN sources.source_number IS 'place in the order opened, from 1';
