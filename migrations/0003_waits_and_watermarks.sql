-- When a job that waits for the CRM or the network goes on by itself.
ALTER TABLE crm_sync_jobs ADD COLUMN wait_until INTEGER;

-- How far a stream is known newest-first: everything the CRM changed up to `watermark` (its own clock) is stored, as read
-- under `watermark_scope`; `swept_at` is when the stream was last proved whole (our clock).
ALTER TABLE crm_streams ADD COLUMN watermark INTEGER;
ALTER TABLE crm_streams ADD COLUMN watermark_scope TEXT;
ALTER TABLE crm_streams ADD COLUMN swept_at INTEGER;

-- After a restore: read everything anew and show it; nothing is written before a person has seen the plan.
ALTER TABLE crm_integrations ADD COLUMN rebase INTEGER NOT NULL DEFAULT 0 CHECK (rebase IN (0, 1));
