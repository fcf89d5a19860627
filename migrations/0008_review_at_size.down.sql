-- Takes 0008_review_at_size back: for tests of the migration set; the app itself never goes down.
DROP INDEX plan_ops_people;
DROP INDEX plan_units_find;
CREATE INDEX plan_units_heading_date ON plan_units (plan, heading, wedding_date, seq, kind, state);
CREATE INDEX plan_units_heading_name ON plan_units (plan, heading, name_key, seq, kind, state);
CREATE INDEX plan_units_by_name ON plan_units (plan, name_key, kind, seq);
CREATE INDEX plan_units_search ON plan_units (plan, heading, search, seq, kind, state);
