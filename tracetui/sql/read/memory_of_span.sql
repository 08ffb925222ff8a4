-- The step that a span is, the number of the last change by its end, and how many changes and reads are its own.
WITH here AS (
    SELECT step, position, subtree_end FROM store.places WHERE run_key = $run_key AND position = $position),
until AS (
    SELECT max(p.step) AS step FROM store.places AS p, here
    WHERE p.run_key = $run_key AND p.position < here.subtree_end),
told AS (
    SELECT c.seq, c.step,
        CASE WHEN here.step IS NULL THEN c.position >= here.position AND c.position < here.subtree_end
            ELSE c.step = here.step END AS is_own
    FROM store.state_changes AS c, here WHERE c.run_key = $run_key)
SELECT here.step,
    coalesce(
        CASE WHEN here.step IS NULL THEN (SELECT max(seq) FROM told WHERE is_own) END,
        (SELECT max(seq) FROM told WHERE step <= coalesce(here.step, (SELECT step FROM until), 0)), 0),
    (SELECT count(*) FROM told WHERE is_own)
FROM here
