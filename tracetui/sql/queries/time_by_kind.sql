-- title: Where time goes
-- about: Time in which spans of each kind worked themselves, that of the spans below them left out.
SELECT
    kind, count(*) AS spans, round(sum(self_ns) / 1e9, 3) AS own_s,
    round(sum(self_ns) / nullif(sum(sum(self_ns)) OVER (), 0), 4) AS share
FROM spans
WHERE self_ns IS NOT NULL AND duplicate_of IS NULL
GROUP BY kind
ORDER BY own_s DESC, kind
