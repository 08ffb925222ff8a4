-- Records that belong to a span of another record find it. A log record's event becomes the span's, its messages too
-- where the span has none itself.
CREATE TEMP TABLE joined AS
    SELECT l.log_key, s.span_key
    FROM store.log_targets AS l
    LEFT JOIN (SELECT id_scope, trace_id, span_id, min(span_key) AS span_key FROM store.spans GROUP BY ALL) AS s
        ON s.id_scope = l.id_scope AND s.trace_id = l.trace_id AND s.span_id = l.span_id;

INSERT INTO store.issues
    SELECT r.source_key, r.line, r.byte_offset, 'info',
        CASE r.outcome WHEN 'merged' THEN 'part_without_span' ELSE 'log_without_span' END,
        'the record belongs to no span of these sources'
            || CASE WHEN r.outcome <> 'merged' AND NOT EXISTS (
                SELECT 1 FROM store.spans AS o WHERE o.id_scope = l.id_scope AND o.trace_id = l.trace_id)
            THEN ': none of its trace is here, open it together with the file that holds them' ELSE '' END,
        l.span_id, 1, l.trace_id
    FROM joined AS j JOIN store.log_targets AS l USING (log_key) JOIN store.records AS r ON r.span_key = j.log_key
    WHERE j.span_key IS NULL;
UPDATE store.sources AS s SET skipped = skipped + u.unjoined FROM (
    SELECT source_key, count(*) AS unjoined FROM store.records AS r JOIN joined AS j ON r.span_key = j.log_key
    WHERE j.span_key IS NULL GROUP BY source_key) AS u
WHERE s.source_key = u.source_key;
UPDATE store.sources AS s SET merged = s.merged + u.joined FROM (
    SELECT source_key, count(*) AS joined FROM store.records AS r JOIN joined AS j ON r.span_key = j.log_key
    WHERE j.span_key IS NOT NULL AND r.outcome = 'merged' GROUP BY source_key) AS u
WHERE s.source_key = u.source_key;
UPDATE store.records AS r
SET span_key = j.span_key, outcome = CASE WHEN j.span_key IS NULL THEN 'skipped' ELSE r.outcome END
FROM joined AS j WHERE r.span_key = j.log_key;

CREATE TEMP TABLE log_events AS
    SELECT j.span_key, e.at_ns, e.name, e.attributes,
        coalesce((SELECT max(position) + 1 FROM store.events AS o WHERE o.span_key = j.span_key), 0)
            + row_number() OVER (PARTITION BY j.span_key ORDER BY e.at_ns, j.log_key) - 1 AS position
    FROM joined AS j JOIN store.events AS e ON e.span_key = j.log_key WHERE j.span_key IS NOT NULL;
CREATE TEMP TABLE log_messages AS
    SELECT j.span_key, m.side, m.list_key, m.first, m.length, m.finish_reason,
        sum(m.length) OVER (PARTITION BY j.span_key, m.side ORDER BY e.at_ns, j.log_key, m.position) - m.length AS position
    FROM joined AS j
    JOIN store.message_ranges AS m ON m.span_key = j.log_key
    LEFT JOIN store.events AS e ON e.span_key = j.log_key
    WHERE j.span_key IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM store.message_ranges AS o WHERE o.span_key = j.span_key AND o.side = m.side);
DELETE FROM store.events WHERE span_key IN (SELECT log_key FROM joined);
DELETE FROM store.message_ranges WHERE span_key IN (SELECT log_key FROM joined);
INSERT INTO store.events BY NAME SELECT * FROM log_events;
INSERT INTO store.message_ranges BY NAME SELECT * FROM log_messages;

-- Why the model stopped may be told by its answer alone. Spans that log records stand for, whose keys begin at the
-- variable next_key, have no payload yet.
CREATE TEMP TABLE log_reasons AS
    SELECT span_key, list(finish_reason ORDER BY position) AS reasons FROM log_messages
    WHERE side = 'output' AND finish_reason IS NOT NULL GROUP BY span_key;
UPDATE store.payloads AS p SET finish_reasons = r.reasons FROM log_reasons AS r
WHERE p.span_key = r.span_key AND p.finish_reasons IS NULL;
INSERT INTO store.payloads BY NAME
    SELECT span_key, reasons AS finish_reasons FROM log_reasons WHERE span_key >= getvariable('next_key');
DROP TABLE joined; DROP TABLE log_events; DROP TABLE log_messages; DROP TABLE log_reasons;
