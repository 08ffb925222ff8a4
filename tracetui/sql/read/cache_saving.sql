-- Dollars that a token of a call costs more when it is not read from the cache.
SELECT f.price_in_uncached - f.price_in_cache_read
FROM store.places AS p JOIN store.priced AS f ON f.span_key = p.span_key AND NOT f.is_remainder
WHERE p.run_key = $run_key AND p.position = $position
