-- Notes that records gave, each kind at most a hundred times a source, then one line that stands for the rest.
CREATE TEMP TABLE repeated AS
    SELECT rowid AS place, source_key, code, skipped FROM store.issues WHERE severity = 'info'
    QUALIFY row_number() OVER (PARTITION BY source_key, code ORDER BY line, byte_offset, rowid) > 100;
DELETE FROM store.issues WHERE rowid IN (SELECT place FROM repeated);
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, 'info', code, 'the same of ' || count(*) || ' more record' || CASE count(*) WHEN 1 THEN '' ELSE 's' END, NULL, sum(skipped), NULL
    FROM repeated GROUP BY source_key, code;
DROP TABLE repeated;

-- Oddities of times and order that only show when all spans are there. `found` holds what the forest reported.
CREATE TEMP TABLE oddities AS
    SELECT source_key, line, byte_offset, severity, code, message, span_id, trace_id, s.span_key
    FROM found AS f JOIN store.spans AS s USING (span_key)
UNION ALL BY NAME
    SELECT source_key, line, byte_offset, 'warning' AS severity, 'end_before_start' AS code,
        'it ends ' || (start_ns - end_ns) / 1e6 || ' ms before it starts; its duration is left out' AS message, span_id,
        trace_id, span_key
    FROM store.spans WHERE end_ns < start_ns
UNION ALL BY NAME
    SELECT source_key, line, byte_offset, 'info' AS severity, 'missing_end' AS code,
        CASE status
            WHEN 'unfinished' THEN 'it has no end: still running when exported, or the process died'
            ELSE 'its source does not say when it ended'
        END AS message, span_id, trace_id, span_key
    FROM store.spans WHERE end_ns IS NULL AND start_ns IS NOT NULL AND NOT is_synthetic
UNION ALL BY NAME
    SELECT source_key, line, byte_offset, 'info' AS severity, 'missing_start' AS code,
        'it has no start time' AS message, span_id, trace_id, span_key
    FROM store.spans WHERE start_ns IS NULL AND end_ns IS NOT NULL AND NOT is_synthetic
UNION ALL BY NAME
    SELECT c.source_key, c.line, c.byte_offset,
        -- times that were cut to milliseconds, and clocks of two machines that agree as well as clocks do
        CASE WHEN p.start_ns - c.start_ns <= 1000000 THEN 'info' ELSE 'warning' END AS severity, 'clock_skew' AS code,
        'it starts ' || (p.start_ns - c.start_ns) / 1e6 || ' ms before its parent ' || p.span_id AS message,
        c.span_id, c.trace_id, c.span_key
    FROM store.places AS t
    JOIN store.spans AS c USING (span_key)
    JOIN store.spans AS p ON p.span_key = t.parent_key
    WHERE c.start_ns < p.start_ns;

-- a source of many spans that does not say when they ended has one thing to say, not one a span
CREATE TEMP TABLE endless AS
    SELECT source_key, any_value(severity) AS severity, code, message, count(*) AS spans FROM oddities
    WHERE code = 'missing_end' AND message LIKE 'its source%' GROUP BY source_key, code, message HAVING count(*) > 100;
DELETE FROM oddities AS o USING endless AS e
    WHERE o.source_key = e.source_key AND o.code = e.code AND o.message = e.message;
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, severity, code, 'the source does not say when ' || spans || ' spans ended', NULL, 0, NULL
    FROM endless;
DROP TABLE endless;

-- each kind at most a hundred times a source, then one line with the number of the rest
INSERT INTO store.issues
    SELECT source_key, line, byte_offset, severity, code, message, span_id, 0, trace_id
    FROM oddities QUALIFY row_number() OVER (PARTITION BY source_key, code ORDER BY span_key) <= 100;
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, any_value(severity), code, 'the same of ' || (count(*) - 100) || ' more span' || CASE count(*) WHEN 101 THEN '' ELSE 's' END, NULL, 0, NULL
    FROM oddities GROUP BY source_key, code HAVING count(*) > 100;

INSERT INTO store.issues
    SELECT c.source_key, min(c.line), min(c.byte_offset), 'info', 'children_out_of_order',
        CASE count(*) WHEN 1 THEN 'a span stands before its parent' ELSE count(*) || ' spans stand before their parent' END, arg_min(c.span_id, c.span_key), 0,
        arg_min(c.trace_id, c.span_key)
    FROM store.places AS t
    JOIN store.spans AS c USING (span_key)
    JOIN store.spans AS p ON p.span_key = t.parent_key
    WHERE c.source_key = p.source_key AND c.span_key < p.span_key AND NOT p.is_synthetic
        -- a parent that its format made up stands nowhere; sources that are read by an index have no records
        AND (p.span_key IN (SELECT span_key FROM store.records)
            OR p.source_key NOT IN (SELECT source_key FROM store.records WHERE span_key IS NOT NULL))
    GROUP BY c.source_key;
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, 'info', 'no_times',
        CASE count(*) WHEN 1 THEN 'a span has no times: it stands' ELSE count(*) || ' spans have no times: they stand' END
            || ' in the order of the source', NULL, 0, NULL
    FROM store.spans WHERE start_ns IS NULL AND end_ns IS NULL AND NOT is_synthetic
    GROUP BY source_key;
DROP TABLE oddities;

-- Content that was hidden before it was exported, by the marks that SDKs and collectors put in its place: one issue a run.
INSERT INTO store.issues
    SELECT any_value(r.source_key), NULL, NULL, 'warning', 'vendor_redacted',
        count(DISTINCT h.span_key) || CASE count(DISTINCT h.span_key) WHEN 1 THEN ' span holds' ELSE ' spans hold' END
            || ' redacted content (' || min(mark) || '): hidden before the export',
        any_value(root.span_id), 0, any_value(root.trace_id)
    FROM (
        SELECT span_key, unnest([input, output]) AS mark FROM store.payloads
        UNION ALL
        SELECT m.span_key, p.content FROM store.span_messages AS m JOIN store.message_parts AS p USING (message_key)) AS h
    JOIN store.places AS p USING (span_key)
    JOIN store.runs AS r USING (run_key)
    JOIN store.spans AS root ON root.span_key = r.root_key
    WHERE strlen(mark) <= 40 AND regexp_full_match(
        lower(mark), '"?[\[<{*_ ]+(redacted|redacted_by_policy|content redacted|filtered|scrubbed|masked|hidden)[\]>}*_ ]+"?')
    GROUP BY run_key
    LIMIT 1000;
