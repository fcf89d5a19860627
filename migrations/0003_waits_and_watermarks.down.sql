-- Takes 0003_waits_and_watermarks back: for tests of the migration set; the app itself never goes down.
ALTER TABLE crm_streams DROP COLUMN swept_at;
ALTER TABLE crm_streams DROP COLUMN watermark_scope;
ALTER TABLE crm_streams DROP COLUMN watermark;
ALTER TABLE crm_sync_jobs DROP COLUMN wait_until;
