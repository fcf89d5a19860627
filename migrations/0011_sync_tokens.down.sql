-- Takes 0011_sync_tokens back: for tests of the migration set; the app itself never goes down.
ALTER TABLE crm_streams DROP COLUMN watermark_token;
