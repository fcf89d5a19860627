-- How far a stream is known by a token that the CRM gave at the end of the list, in place of `watermark`.
ALTER TABLE crm_streams ADD COLUMN watermark_token TEXT;
