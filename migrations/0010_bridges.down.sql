-- Takes 0010_bridges back: for tests of the migration set; the app itself never goes down.
DROP TRIGGER hook_changes_again;
DROP TRIGGER hook_changes_new;
DROP TABLE hook_changes;
DROP TABLE hook_events;
DROP TABLE hooks;
ALTER TABLE crm_streams DROP COLUMN follow;
