DELETE FROM store.spans WHERE source_key = $1 AND span_key >= $2 AND line IN (SELECT unnest($3::BIGINT[]))
