-- Custom fields: how they are read, what was chosen for them, and which fields a plan makes in WedSync (MODEL 1).
ALTER TABLE custom_field_defs ADD COLUMN stream TEXT NOT NULL DEFAULT '';
ALTER TABLE custom_field_defs ADD COLUMN value_type TEXT NOT NULL DEFAULT 'text';
ALTER TABLE custom_field_defs ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE custom_field_defs ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1));
-- The name of its own field in WedSync, once an upload has made it.
ALTER TABLE custom_field_defs ADD COLUMN made_as TEXT;
-- For 'existing' wedsync_field names the field; null: nobody has chosen.
ALTER TABLE custom_field_defs ADD COLUMN choice TEXT CHECK (choice IN ('existing', 'new', 'keep'));

CREATE TABLE plan_fields (
  plan        INTEGER NOT NULL REFERENCES plans(no) ON DELETE CASCADE,
  ord         INTEGER NOT NULL,
  record_type TEXT NOT NULL,
  stream      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  label       TEXT NOT NULL,
  value_type  TEXT NOT NULL,
  records     INTEGER NOT NULL,
  made_by     TEXT,
  made_at     INTEGER,
  PRIMARY KEY (plan, ord)
) STRICT;
CREATE INDEX plan_fields_by_job ON plan_fields (made_by) WHERE made_by IS NOT NULL;
