-- title: Tools that are offered but never called
-- about: Tool definitions that models were given without calling them once, by how much input their definitions take.
SELECT
    o.name AS tool, count(*) AS offered_in_calls, count(DISTINCT o.run_id) AS runs,
    max(length(coalesce(o.description, '')) + length(coalesce(o.schema::VARCHAR, ''))) AS definition_characters
FROM tools_offered AS o
WHERE NOT EXISTS (FROM tool_calls AS t WHERE t.name = o.name) AND o.run_id IN (SELECT run_id FROM runs WHERE duplicate_of IS NULL)
GROUP BY o.name
ORDER BY offered_in_calls * definition_characters DESC, tool
