-- Calls that stay unpriced, or priced in part, because the price of their model lacks a bucket in use, or depends on the size of each call
-- where only a sum is told; and, in a row without a price, calls that failed or were stopped before they told anything.
WITH gaps AS MATERIALIZED (
    FROM store.calls AS c SEMI JOIN (SELECT run_key FROM store.runs WHERE duplicate_of IS NULL) AS r USING (run_key)
    WHERE (c.is_unpriced OR (c.is_partly_priced AND c.lacks_kind)) AND /*condition*/)
SELECT c.price_source, coalesce(c.model, '') AS model, list_sort(list_distinct(flatten(list(c.lacking)))) AS buckets, count(*) AS calls, c.is_partly_priced, false AS is_untold
FROM (
    SELECT run_key, price_source, model, is_unsized, is_partly_priced, list_filter(CASE WHEN is_unsized THEN [] ELSE [
        CASE WHEN in_uncached > 0 AND price_in_uncached IS NULL THEN 'in_uncached' END,
        CASE WHEN in_cache_read > 0 AND price_in_cache_read IS NULL THEN 'in_cache_read' END,
        CASE WHEN in_cache_read_audio > 0 AND price_in_cache_read_audio IS NULL THEN 'in_cache_read_audio' END,
        CASE WHEN in_cache_write_5m > 0 AND price_in_cache_write_5m IS NULL THEN 'in_cache_write_5m' END,
        CASE WHEN in_cache_write_1h > 0 AND price_in_cache_write_1h IS NULL THEN 'in_cache_write_1h' END,
        CASE WHEN in_cache_write > 0 AND price_in_cache_write IS NULL THEN 'in_cache_write' END,
        CASE WHEN in_audio > 0 AND price_in_audio IS NULL THEN 'in_audio' END,
        CASE WHEN in_image > 0 AND price_in_image IS NULL THEN 'in_image' END,
        CASE WHEN out_text > 0 AND price_out_text IS NULL THEN 'out_text' END,
        CASE WHEN out_reasoning > 0 AND price_out_reasoning IS NULL THEN 'out_reasoning' END,
        CASE WHEN out_audio > 0 AND price_out_audio IS NULL THEN 'out_audio' END,
        CASE WHEN out_image > 0 AND price_out_image IS NULL THEN 'out_image' END,
        CASE WHEN other > 0 AND price_other IS NULL THEN 'other' END] END, lambda bucket: bucket IS NOT NULL) AS lacking
    FROM gaps WHERE is_partly_priced OR price_source IS NOT NULL OR is_unsized) AS c
WHERE len(c.lacking) > 0 OR c.is_unsized
GROUP BY ALL
UNION ALL
SELECT '', '', [], count(*), false, true
FROM gaps AS c JOIN store.spans AS s USING (span_key)
WHERE c.is_unpriced AND c.total_tokens IS NULL AND c.is_call AND s.status IN ('error', 'interrupted')
HAVING count(*) > 0
ORDER BY calls DESC, price_source, model
