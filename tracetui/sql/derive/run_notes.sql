-- What a list of runs has to say besides figures: that a run is there twice, and that its export is not whole.

-- The same run in two exports: one trace id, random enough to be no accident, one time, and either two formats, of which
-- one may lack the root, or one root. The one with more spans stands for it.
CREATE TEMP TABLE again AS
    SELECT r.run_key, arg_max(p.run_id, (p.spans, -p.run_key)) AS run_id
    FROM store.runs AS r
    JOIN store.runs AS p ON bare_id(p.trace_id) = bare_id(r.trace_id) AND p.source_key <> r.source_key
        AND (p.spans, -p.run_key) > (r.spans, -r.run_key)
    JOIN store.spans AS rs ON rs.span_key = r.root_key
    JOIN store.spans AS ps ON ps.span_key = p.root_key
    JOIN store.sources AS rf ON rf.source_key = r.source_key
    JOIN store.sources AS pf ON pf.source_key = p.source_key
    WHERE strlen(r.trace_id) >= 16
        AND (rf.format <> pf.format OR (rs.span_id = ps.span_id AND NOT rs.is_synthetic AND NOT ps.is_synthetic))
        AND NOT coalesce(r.start_ns > p.end_ns OR p.start_ns > r.end_ns, false)
    GROUP BY r.run_key;
UPDATE store.runs AS r SET duplicate_of = a.run_id FROM again AS a WHERE a.run_key = r.run_key;
INSERT INTO store.issues
    SELECT r.source_key, NULL, NULL, 'info', 'same_run',
        CASE count(*) WHEN 1 THEN 'the run ' || min(r.trace_id) || ' is' ELSE count(*) || ' runs are' END
            || ' in ' || min(f.source) || ' too, with other spans: counted there, once',
        CASE count(*) WHEN 1 THEN min(root.span_id) END, 0, CASE count(*) WHEN 1 THEN min(r.trace_id) END
    FROM again AS a JOIN store.runs AS r USING (run_key) JOIN store.spans AS root ON root.span_key = r.root_key
    JOIN store.runs AS p ON p.run_id = a.run_id JOIN store.sources AS f ON f.source_key = p.source_key
    GROUP BY r.source_key, p.source_key;
DROP TABLE again;

CREATE TEMP TABLE shortened AS
    SELECT run_key, min(message) AS message, count(*) AS issues FROM (
        SELECT p.run_key, i.message
        FROM store.issues AS i
        JOIN store.spans AS s ON s.span_id = i.span_id AND s.trace_id = coalesce(i.trace_id, s.trace_id)
            -- a span that stands in several files has the source of the first
            AND (s.source_key = i.source_key OR (s.id_scope <= 0 AND i.trace_id IS NOT NULL))
        JOIN store.places AS p ON p.span_key = s.span_key
        WHERE starts_with(i.code, 'vendor_') OR i.code = 'dropped_by_producer'
        UNION ALL
        SELECT r.run_key, i.message FROM store.issues AS i JOIN store.runs AS r USING (source_key)
        WHERE starts_with(i.code, 'vendor_') AND i.span_id IS NULL AND r.trace_id = coalesce(i.trace_id, r.trace_id))
    GROUP BY run_key;
UPDATE store.runs AS r
SET incomplete = s.message || CASE WHEN s.issues > 1 THEN ' (and ' || (s.issues - 1) || ' more)' ELSE '' END
FROM shortened AS s WHERE s.run_key = r.run_key;
DROP TABLE shortened;
