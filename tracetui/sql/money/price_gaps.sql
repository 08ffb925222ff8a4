-- Calls that stay unpriced, or priced in part, because the price of their model lacks a bucket in use, or depends on the size of each call
-- where only a sum is told.
SELECT c.price_source, coalesce(c.model, '') AS model, list_sort(list_distinct(flatten(list(c.lacking)))) AS buckets, count(*) AS calls, c.is_partly_priced
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
    FROM store.calls WHERE (is_unpriced AND (price_source IS NOT NULL OR is_unsized)) OR (is_partly_priced AND lacks_kind)) AS c
JOIN store.runs AS r USING (run_key)
WHERE (len(c.lacking) > 0 OR c.is_unsized) AND r.duplicate_of IS NULL AND /*condition*/
GROUP BY ALL ORDER BY calls DESC, c.price_source, model
