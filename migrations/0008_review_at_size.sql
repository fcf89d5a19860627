-- The review finds and orders its clients from one index, read whole (`plan/find.rs`): those it replaces were written at
-- every change of a unit's state.
DROP INDEX plan_units_search;
DROP INDEX plan_units_by_name;
DROP INDEX plan_units_heading_name;
DROP INDEX plan_units_heading_date;
CREATE INDEX plan_units_find ON plan_units (plan, seq, kind, state, wedding_date, search);
-- People of a plan one after another, each with all units it stands in: outcomes count them without sorting.
CREATE INDEX plan_ops_people ON plan_ops (plan, record_id) WHERE record_type = 'person' AND live = 1;
