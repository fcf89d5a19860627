-- When a job that waits for the CRM or the network goes on by itself.
ALTER TABLE crm_sync_jobs ADD COLUMN wait_until INTEGER;

-- How far a stream is known newest-first: everything the CRM changed up to `watermark` (its own clock) is stored, as read
-- under `watermark_scope`; `swept_at` is when the stream was last proved whole (our clock).
ALTER TABLE crm_streams ADD COLUMN watermark INTEGER;
ALTER TABLE crm_streams ADD COLUMN watermark_scope TEXT;
ALTER TABLE crm_streams ADD COLUMN swept_at INTEGER;
