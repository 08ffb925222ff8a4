-- The records of a span; where several spans share a record, its text stands with the first of them.
WITH own AS (SELECT source_key, byte_offset, record FROM store.records WHERE span_key = ?)
SELECT coalesce(o.record, (
    SELECT any_value(r.record) FROM store.records AS r
    WHERE r.source_key = o.source_key AND r.byte_offset = o.byte_offset AND r.record IS NOT NULL)) AS record
FROM own AS o
WHERE record IS NOT NULL
ORDER BY o.source_key, o.byte_offset
