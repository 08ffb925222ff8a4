SELECT
    v.source, v.format, v.format_version, v.why_detected, v.container, v.size_bytes, v.records, v.loaded, v.merged,
    v.skipped, v.spans, v.runs, coalesce(i.issues, 0) AS issues,
    epoch_ns(v.first_at) AS first_ns, epoch_ns(v.last_at) AS last_ns, v.elapsed_ms, v.grade
FROM sources AS v
LEFT JOIN (SELECT source_key, count(*) AS issues FROM store.issues GROUP BY source_key) AS i
    ON i.source_key = v.source_number
ORDER BY v.source_number
