-- The payload of merged spans follows them: of each kind the last record that carries it.
UPDATE store.sources AS s SET merged = s.merged + m.merged FROM (
    SELECT source_key, count(*) AS merged FROM store.records JOIN twins USING (span_key)
    WHERE span_key <> kept_key AND outcome = 'loaded' GROUP BY source_key) AS m
WHERE s.source_key = m.source_key;

UPDATE store.records AS r
SET outcome = CASE WHEN t.span_key = t.kept_key THEN r.outcome ELSE 'merged' END, span_key = t.kept_key
FROM twins AS t WHERE r.span_key = t.span_key;

CREATE TEMP TABLE merged_payloads AS
    SELECT
        kept_key AS span_key,
        arg_max(COLUMNS(lambda c: c IN ('input', 'output')), p.span_key),
        CAST(list_reduce(
            list(attributes::JSON ORDER BY p.span_key) FILTER (attributes IS NOT NULL),
            lambda a, b: json_merge_patch(a, b)) AS VARCHAR) AS attributes,
        arg_max(COLUMNS(lambda c: c IN (
            'resource_key', 'metadata', 'parameters', 'tags', 'finish_reasons', 'usage_raw')), p.span_key)
    FROM store.payloads AS p JOIN twins USING (span_key)
    GROUP BY kept_key;
DELETE FROM store.payloads WHERE span_key IN (SELECT span_key FROM twins);
INSERT INTO store.payloads BY NAME SELECT * FROM merged_payloads;

CREATE TEMP TABLE merged_messages AS
    SELECT kept_key AS span_key, side, position, list_key, first, length, finish_reason
    FROM store.message_ranges AS m JOIN twins USING (span_key)
    QUALIFY m.span_key = max(m.span_key) OVER (PARTITION BY kept_key, side);
DELETE FROM store.message_ranges WHERE span_key IN (SELECT span_key FROM twins);
INSERT INTO store.message_ranges SELECT * FROM merged_messages;

CREATE TEMP TABLE merged_tools AS
    SELECT kept_key AS span_key, position, tool_key
    FROM store.span_tools AS m JOIN twins USING (span_key)
    QUALIFY m.span_key = max(m.span_key) OVER (PARTITION BY kept_key);
DELETE FROM store.span_tools WHERE span_key IN (SELECT span_key FROM twins);
INSERT INTO store.span_tools SELECT * FROM merged_tools;

CREATE TEMP TABLE merged_events AS
    SELECT kept_key AS span_key, row_number() OVER (PARTITION BY kept_key ORDER BY first_key, position) - 1 AS position,
        at_ns, name, attributes
    FROM (SELECT kept_key, at_ns, name, attributes, min(e.span_key) AS first_key, min(position) AS position
          FROM store.events AS e JOIN twins USING (span_key) GROUP BY ALL);
DELETE FROM store.events WHERE span_key IN (SELECT span_key FROM twins);
INSERT INTO store.events SELECT * FROM merged_events;

CREATE TEMP TABLE merged_links AS
    SELECT DISTINCT kept_key AS span_key, linked_trace_id, linked_span_id, attributes
    FROM store.links JOIN twins USING (span_key);
DELETE FROM store.links WHERE span_key IN (SELECT span_key FROM twins);
INSERT INTO store.links SELECT * FROM merged_links;

CREATE TEMP TABLE merged_scores AS
    SELECT DISTINCT s.* REPLACE (kept_key AS span_key)
    FROM store.scores AS s JOIN twins USING (span_key);
DELETE FROM store.scores WHERE span_key IN (SELECT span_key FROM twins);
INSERT INTO store.scores SELECT * FROM merged_scores;

UPDATE staging.state_told AS c SET span_key = t.kept_key FROM twins AS t WHERE c.span_key = t.span_key;

DROP TABLE twins; DROP TABLE merged; DROP TABLE merged_payloads; DROP TABLE merged_messages;
DROP TABLE merged_tools; DROP TABLE merged_events; DROP TABLE merged_links; DROP TABLE merged_scores;
