-- title: Runs like this one
-- about: Other runs by how much they share with one: the steps that they take (by kind and tool, each counted once),
-- about: their name, and the error that ended them. 1 is the same in all of these.
-- param run VARCHAR: id of the run, or the beginning of it
-- param limit BIGINT = 20: how many
WITH this AS (
    FROM runs WHERE run_id = (
        SELECT CASE WHEN count(*) = 0 THEN error('there is no run ' || $run::VARCHAR) ELSE min(run_id) END
        FROM runs WHERE starts_with(run_id, $run::VARCHAR))),
deeds AS (SELECT run_id, list(DISTINCT kind || ' ' || coalesce(tool_name, agent, name, '')) AS done FROM steps GROUP BY run_id),
mine AS (SELECT coalesce(any_value(done), []) AS done FROM deeds WHERE run_id = (SELECT run_id FROM this)),
compared AS (
    SELECT r.*, list_intersect(coalesce(d.done, []), m.done) AS shared,
        len(list_distinct(coalesce(d.done, []) || m.done)) AS in_either,
        (r.name IS NOT DISTINCT FROM t.name)::INTEGER AS same_name,
        (r.status = t.status AND r.error_type IS NOT DISTINCT FROM t.error_type)::INTEGER AS same_end
    FROM runs AS r CROSS JOIN this AS t CROSS JOIN mine AS m LEFT JOIN deeds AS d ON d.run_id = r.run_id
    WHERE r.run_id <> t.run_id)
SELECT
    run_id, round(0.6 * coalesce(len(shared) / nullif(in_either, 0), 0) + 0.2 * same_name + 0.2 * same_end, 3) AS likeness,
    name, status, error_type, steps, total_tokens, cost_usd, duration_ns, list_sort(shared) AS shared_steps
FROM compared
ORDER BY likeness DESC, run_id
LIMIT $limit::BIGINT
