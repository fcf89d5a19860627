-- Takes 0005_keeping back: for tests of the migration set; the app itself never goes down.
ALTER TABLE crm_integrations DROP COLUMN rebase;
