-- Rows of the plain format from a Parquet file, its columns as text.
parsed AS (SELECT row_key, line, byte_offset, byte_length, {/*fields*/} AS f FROM index_pieces)
