-- The review lists its clients under headings (what needs a decision, what is ready, ...) in the order of a column.
-- A heading follows from kind and state alone; indexes that hold it let a page of 100,000 rows be found without reading
-- the wide rows. `alike` is what the first problem of a client has in common with those of others: type, field, reason.
ALTER TABLE plan_units ADD COLUMN heading TEXT GENERATED ALWAYS AS (CASE
  WHEN state = 'done' THEN 'in_wedsync'
  WHEN state IN ('approved', 'applied') THEN 'approved'
  WHEN state = 'refused' THEN 'refused'
  WHEN state = 'rejected' OR kind = 'skipped' THEN 'left_out'
  WHEN state = 'moved' OR kind IN ('conflict', 'problem', 'duplicate') THEN 'waiting'
  WHEN kind = 'unchanged' THEN 'unchanged'
  ELSE 'ready' END) VIRTUAL;
ALTER TABLE plan_units ADD COLUMN alike TEXT GENERATED ALWAYS AS (CASE WHEN problems > 0 THEN
  json_extract(body, '$.problems[0].record_type') || '/' || json_extract(body, '$.problems[0].field')
  || '/' || json_extract(body, '$.problems[0].code') END) VIRTUAL;
CREATE INDEX plan_units_heading_order ON plan_units (plan, heading, seq, kind, state);
CREATE INDEX plan_units_heading_name ON plan_units (plan, heading, name_key, seq, kind, state);
CREATE INDEX plan_units_heading_date ON plan_units (plan, heading, wedding_date, seq, kind, state);
-- Finding looks at every unit: with the heading in its index it reads no wide row.
DROP INDEX plan_units_search;
CREATE INDEX plan_units_search ON plan_units (plan, heading, search, seq, kind, state);
CREATE INDEX plan_units_alike ON plan_units (plan, alike, seq, kind, state) WHERE problems > 0;
