-- The points of a run at which its memory can be looked at: every step, and every moment at which something changed.
WITH moments AS (
    SELECT c.moment, max(c.step) AS step, max(c.seq) AS seq, min(c.position) AS position, count(*) AS changes
    FROM store.state_changes AS c
    WHERE c.run_key = $run_key AND c.op IN ('set', 'append', 'delete')
    GROUP BY c.moment),
steps AS (
    SELECT p.step, p.position FROM store.places AS p WHERE p.run_key = $run_key AND p.step IS NOT NULL),
points AS (
    SELECT coalesce(s.step, m.step) AS at_step, m.moment, coalesce(s.position, m.position) AS at_position, m.seq,
        coalesce(m.changes, 0) AS changes, s.step IS NULL AS is_between
    FROM steps AS s FULL JOIN moments AS m ON m.position = s.position AND m.step = s.step)
SELECT a.at_step, CASE WHEN a.is_between THEN a.moment END, a.at_position,
    coalesce(max(a.seq) OVER (
        ORDER BY a.at_step, a.is_between, a.moment ROWS UNBOUNDED PRECEDING), 0) AS seq,
    a.changes, coalesce(o.tool_name, o.name) AS name, o.kind, o.agent
FROM points AS a
JOIN store.places AS p ON p.position = a.at_position AND p.run_key = $run_key
JOIN store.spans AS o ON o.span_key = p.span_key
ORDER BY a.at_step, a.is_between, a.moment
