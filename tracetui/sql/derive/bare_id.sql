-- A trace id of 128 bits is written as hex by some and as a UUID by others: one form to compare them by.
CREATE OR REPLACE TEMP MACRO bare_id(id) AS CASE strlen(id) WHEN 36 THEN lower(replace(id, '-', '')) ELSE id END;
