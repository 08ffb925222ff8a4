-- Two exports of one run whose spans have other ids in each: the same trace in two formats, no span in both, a root of
-- its own in each, over the same time. The later one gets a scope of its own, the negative of its source, so that its
-- spans do not join the tree of the first. Parts of one trace in one format stay together.
CREATE TEMP TABLE told_in AS
    SELECT s.trace_id, f.format, min(s.source_key) AS source_key, min(s.start_ns) AS first_ns,
        max(greatest(s.start_ns, s.end_ns)) AS last_ns, bool_or(s.parent_id IS NULL) AS has_root
    FROM store.spans AS s JOIN store.sources AS f USING (source_key)
    WHERE s.id_scope = 0 AND strlen(s.trace_id) >= 16 GROUP BY s.trace_id, f.format
    QUALIFY count(*) OVER (PARTITION BY s.trace_id) > 1;

CREATE TEMP TABLE shared_ids AS
    SELECT trace_id, list_sort(formats) AS formats FROM (
        SELECT s.trace_id, list(DISTINCT f.format) AS formats
        FROM store.spans AS s JOIN store.sources AS f USING (source_key)
        WHERE s.id_scope = 0 AND s.trace_id IN (SELECT trace_id FROM told_in)
        GROUP BY s.trace_id, s.span_id HAVING count(DISTINCT f.format) > 1)
    GROUP BY ALL;

-- formats that share a span are put together, and stand for one export
CREATE TEMP TABLE exports AS
    SELECT t.trace_id, t.format, min(o.source_key) AS source_key
    FROM told_in AS t JOIN told_in AS o USING (trace_id)
    WHERE o.format = t.format OR EXISTS (
        SELECT 1 FROM shared_ids AS i
        WHERE i.trace_id = t.trace_id AND list_has_all(i.formats, [o.format, t.format]))
    GROUP BY t.trace_id, t.format;

CREATE TEMP TABLE copies AS
WITH whole AS (
    SELECT e.trace_id, e.source_key, min(t.first_ns) AS first_ns, max(t.last_ns) AS last_ns,
        bool_or(t.has_root) AS has_root
    FROM exports AS e JOIN told_in AS t USING (trace_id, format) GROUP BY e.trace_id, e.source_key)
SELECT e.trace_id, e.format, -e.source_key AS id_scope
FROM exports AS e SEMI JOIN (
    SELECT c.trace_id, c.source_key FROM whole AS c JOIN whole AS o ON o.trace_id = c.trace_id AND o.source_key < c.source_key
    WHERE c.has_root AND o.has_root
        AND 2 * (least(c.last_ns, o.last_ns) - greatest(c.first_ns, o.first_ns))
            >= greatest(c.last_ns - c.first_ns, o.last_ns - o.first_ns)) AS again USING (trace_id, source_key);

UPDATE store.log_targets AS l SET id_scope = c.id_scope
FROM store.spans AS s JOIN store.sources AS f USING (source_key) JOIN copies AS c USING (trace_id, format)
WHERE s.id_scope = 0 AND l.id_scope = 0 AND l.trace_id = s.trace_id AND l.span_id = s.span_id;
UPDATE store.spans AS s SET id_scope = c.id_scope FROM store.sources AS f JOIN copies AS c USING (format)
WHERE s.source_key = f.source_key AND s.id_scope = 0 AND s.trace_id = c.trace_id;
INSERT INTO store.trace_facts
    SELECT DISTINCT t.* REPLACE (c.id_scope AS id_scope) FROM store.trace_facts AS t JOIN copies AS c USING (trace_id)
    WHERE t.id_scope = 0;
DROP TABLE told_in; DROP TABLE shared_ids; DROP TABLE exports; DROP TABLE copies;
