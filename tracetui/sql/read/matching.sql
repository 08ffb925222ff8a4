-- Positions of the spans of a run that pass a filter.
SELECT p.position
FROM store.places AS p
JOIN store.spans AS n USING (span_key)
WHERE p.run_key = $run_key AND /*condition*/
ORDER BY p.position
