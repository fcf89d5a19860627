DROP INDEX plan_units_search;
CREATE INDEX plan_units_search ON plan_units (plan, search, seq);
DROP INDEX plan_units_alike;
DROP INDEX plan_units_heading_date;
DROP INDEX plan_units_heading_name;
DROP INDEX plan_units_heading_order;
ALTER TABLE plan_units DROP COLUMN alike;
ALTER TABLE plan_units DROP COLUMN heading;
