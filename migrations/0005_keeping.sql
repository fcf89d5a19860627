-- Why a connection has to be read anew, looked through and approved before anything of it is written (MODEL 8, 10).
ALTER TABLE crm_integrations ADD COLUMN rebase TEXT CHECK (rebase IN ('restored', 'older_book', 'older_epoch'));
