-- The sources that hold runs too, for those of some runs of which there is more than one.
SELECT pair.run_id, list_sort(list(DISTINCT o.source))
FROM (
    SELECT d.run_id, k.source_key FROM store.runs AS d JOIN store.runs AS k ON k.run_id = d.duplicate_of
    UNION ALL
    SELECT k.run_id, d.source_key FROM store.runs AS d JOIN store.runs AS k ON k.run_id = d.duplicate_of) AS pair
JOIN store.sources AS o ON o.source_key = pair.source_key
WHERE pair.run_id IN (SELECT unnest($run_ids::VARCHAR[]))
GROUP BY pair.run_id
