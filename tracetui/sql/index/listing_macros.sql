-- For a list of runs alone: ids are looked at when they are loaded, and here only those of runs, once each.
CREATE OR REPLACE TEMP MACRO index_id(value, digits) AS CASE WHEN value NOT IN ('', repeat('0', digits)) THEN value END;

CREATE OR REPLACE TEMP MACRO index_is_id_read(value, id) AS true;
