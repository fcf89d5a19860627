-- WedSync Hub, the client book of one profile (hub.db).
--
-- The specification's tables (crm_integrations, crm_sync_jobs, crm_field_mappings, crm_sync_logs, crm_client_staging,
-- clients) keep their names, columns and allowed values; beside each closed column stands the engine's own.
-- Instants are INTEGER nanoseconds since 1970-01-01T00:00:00Z (columns *_at); civil days are TEXT YYYY-MM-DD.
-- JSON columns hold UTF-8 text. Tables that grow with the book refer to a connection, stream or plan by a small integer
-- (no), because a UUID in every row and index would double the file.

CREATE TABLE suppliers (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL DEFAULT '',
  created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE crm_integrations (
  id                 TEXT PRIMARY KEY,
  supplier_id        TEXT NOT NULL REFERENCES suppliers(id) ON DELETE CASCADE,
  crm_provider       TEXT NOT NULL CHECK (crm_provider IN ('tave','lightblue','honeybook','seventeen','shootq','pixieset','iris_works','dubsado','studio_ninja','custom')),
  connection_name    TEXT NOT NULL,
  connection_status  TEXT NOT NULL DEFAULT 'pending_auth' CHECK (connection_status IN ('connected','disconnected','error','pending_auth','sync_in_progress')),
  auth_config        TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(auth_config)),
  sync_config        TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(sync_config)),
  last_sync_at       INTEGER,
  last_sync_status   TEXT CHECK (last_sync_status IN ('success','partial','failed')),
  sync_error_details TEXT CHECK (sync_error_details IS NULL OR json_valid(sync_error_details)),
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  no                 INTEGER NOT NULL UNIQUE,
  provider_key       TEXT NOT NULL,
  account            TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(account)),
  key_hint           TEXT NOT NULL DEFAULT '',
  mapping_revision   INTEGER NOT NULL DEFAULT 0,
  UNIQUE (supplier_id, crm_provider, connection_name)
) STRICT;

CREATE TABLE crm_sync_jobs (
  id                TEXT PRIMARY KEY,
  integration_id    TEXT NOT NULL REFERENCES crm_integrations(id) ON DELETE CASCADE,
  job_type          TEXT NOT NULL CHECK (job_type IN ('full_import','incremental_sync','export_to_crm','field_mapping_update')),
  job_status        TEXT NOT NULL DEFAULT 'pending' CHECK (job_status IN ('pending','running','completed','failed','cancelled')),
  job_config        TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(job_config)),
  progress_percent  INTEGER NOT NULL DEFAULT 0 CHECK (progress_percent BETWEEN 0 AND 100),
  records_processed INTEGER NOT NULL DEFAULT 0 CHECK (records_processed >= 0),
  records_total     INTEGER CHECK (records_total >= 0),
  error_details     TEXT CHECK (error_details IS NULL OR json_valid(error_details)),
  started_at        INTEGER,
  completed_at      INTEGER,
  created_at        INTEGER NOT NULL,
  job_kind          TEXT NOT NULL CHECK (job_kind IN ('import','upload','undo','merge','restore','reconcile')),
  phase             TEXT NOT NULL CHECK (phase IN ('queued','running','waiting_crm','waiting_review','waiting_auth','waiting_network','paused','interrupted','done','partial','failed','cancelled')),
  checkpoint        TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(checkpoint)),
  counts            TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(counts)),
  last_event_seq    INTEGER NOT NULL DEFAULT 0,
  CHECK (job_status = CASE phase
    WHEN 'queued' THEN 'pending' WHEN 'done' THEN 'completed' WHEN 'partial' THEN 'completed'
    WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' ELSE 'running' END)
) STRICT;
-- One job at a time per connection (SYNC-LAW 31). A waiting review leaves room for an upload or an undo, but not for
-- another import.
CREATE UNIQUE INDEX crm_sync_jobs_one_active ON crm_sync_jobs (integration_id)
  WHERE phase NOT IN ('done','partial','failed','cancelled','waiting_review');
CREATE UNIQUE INDEX crm_sync_jobs_one_import ON crm_sync_jobs (integration_id)
  WHERE job_kind = 'import' AND phase NOT IN ('done','partial','failed','cancelled');
CREATE INDEX crm_sync_jobs_by_connection ON crm_sync_jobs (integration_id, created_at);

CREATE TABLE crm_field_mappings (
  id              TEXT PRIMARY KEY,
  integration_id  TEXT NOT NULL REFERENCES crm_integrations(id) ON DELETE CASCADE,
  wedsync_field   TEXT NOT NULL,
  crm_field       TEXT NOT NULL,
  field_type      TEXT NOT NULL CHECK (field_type IN ('text','email','phone','date','number','boolean','json','array')),
  transform_rules TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(transform_rules)),
  sync_direction  TEXT NOT NULL DEFAULT 'bidirectional' CHECK (sync_direction IN ('import_only','export_only','bidirectional')),
  is_required     INTEGER NOT NULL DEFAULT 0 CHECK (is_required IN (0, 1)),
  created_at      INTEGER NOT NULL,
  value_type      TEXT NOT NULL CHECK (value_type IN ('text','email','phone','date','date_time','number','boolean','money','reference','json','array')),
  record_type     TEXT NOT NULL,
  position        INTEGER NOT NULL,
  rule            TEXT NOT NULL CHECK (json_valid(rule)),
  UNIQUE (integration_id, wedsync_field, crm_field)
) STRICT;
CREATE INDEX crm_field_mappings_in_order ON crm_field_mappings (integration_id, position);

CREATE TABLE crm_sync_logs (
  id                TEXT PRIMARY KEY,
  integration_id    TEXT NOT NULL REFERENCES crm_integrations(id) ON DELETE CASCADE,
  sync_job_id       TEXT REFERENCES crm_sync_jobs(id) ON DELETE SET NULL,
  record_type       TEXT NOT NULL,
  record_id         TEXT,
  wedsync_record_id TEXT,
  action_type       TEXT NOT NULL CHECK (action_type IN ('created','updated','deleted','skipped','error')),
  action_details    TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(action_details)),
  error_message     TEXT,
  processed_at      INTEGER NOT NULL,
  outcome           TEXT NOT NULL CHECK (outcome IN ('created','updated','linked','unchanged','skipped','duplicate_waiting','conflict_waiting','problem','rejected_by_you','rejected_by_wedsync'))
) STRICT, WITHOUT ROWID;
CREATE INDEX crm_sync_logs_by_time ON crm_sync_logs (integration_id, processed_at);
CREATE INDEX crm_sync_logs_by_job ON crm_sync_logs (sync_job_id);
CREATE INDEX crm_sync_logs_by_record ON crm_sync_logs (record_type, record_id);

CREATE TABLE crm_client_staging (
  id             TEXT PRIMARY KEY,
  integration_id TEXT NOT NULL REFERENCES crm_integrations(id) ON DELETE CASCADE,
  sync_job_id    TEXT NOT NULL REFERENCES crm_sync_jobs(id) ON DELETE CASCADE,
  external_id    TEXT,
  raw_data       TEXT,
  mapped_data    TEXT NOT NULL,
  import_status  TEXT NOT NULL DEFAULT 'pending' CHECK (import_status IN ('pending','processed','error','duplicate')),
  error_details  TEXT,
  created_at     INTEGER NOT NULL,
  seq            INTEGER NOT NULL,
  record_type    TEXT NOT NULL DEFAULT 'client'
) STRICT;
CREATE INDEX crm_client_staging_by_status ON crm_client_staging (sync_job_id, import_status);
CREATE INDEX crm_client_staging_by_external ON crm_client_staging (integration_id, external_id);
CREATE UNIQUE INDEX crm_client_staging_in_order ON crm_client_staging (sync_job_id, seq);

-- What WedSync holds, as rows to list, sort and relate. `fields` is the whole record; the other columns are drawn from
-- it in the same transaction. `awaited` marks a parent that a child has named before it arrived itself; `deleted_at` a
-- record that WedSync has softly deleted. Neither is live.
CREATE TABLE clients (
  id                 TEXT PRIMARY KEY,
  first_name         TEXT,
  last_name          TEXT,
  email              TEXT,
  phone              TEXT,
  wedding_date       TEXT,
  venue_name         TEXT,
  company_name       TEXT,
  crm_integration_id TEXT REFERENCES crm_integrations(id) ON DELETE SET NULL,
  external_crm_id    TEXT,
  last_crm_sync_at   INTEGER,
  fields             TEXT NOT NULL DEFAULT '{}',
  awaited            INTEGER NOT NULL DEFAULT 0,
  deleted_at         INTEGER
) STRICT;
CREATE INDEX clients_by_integration ON clients (crm_integration_id) WHERE crm_integration_id IS NOT NULL;
CREATE INDEX clients_by_external ON clients (external_crm_id) WHERE external_crm_id IS NOT NULL;
CREATE INDEX clients_by_name ON clients (last_name, first_name);
CREATE INDEX clients_by_date ON clients (wedding_date);

CREATE TABLE people (
  id         TEXT PRIMARY KEY,
  first_name TEXT,
  last_name  TEXT,
  email      TEXT,
  phone      TEXT,
  fields     TEXT NOT NULL DEFAULT '{}',
  awaited    INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER
) STRICT;

CREATE TABLE contact_points (
  person_id TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE ON UPDATE CASCADE,
  position  INTEGER NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('email','phone')),
  value     TEXT NOT NULL,
  label     TEXT,
  PRIMARY KEY (person_id, kind, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE client_people (
  client_id TEXT NOT NULL REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  person_id TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE ON UPDATE CASCADE,
  role      TEXT NOT NULL CHECK (role IN ('primary','partner','parent','planner','other')),
  position  INTEGER NOT NULL,
  PRIMARY KEY (client_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_people_by_person ON client_people (person_id);

CREATE TABLE projects (
  id           TEXT PRIMARY KEY,
  client_id    TEXT REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  name         TEXT,
  kind         TEXT,
  stage        TEXT,
  wedding_date TEXT,
  venue_name   TEXT,
  fields       TEXT NOT NULL DEFAULT '{}',
  awaited      INTEGER NOT NULL DEFAULT 0,
  deleted_at   INTEGER,
  CHECK (awaited = 1 OR client_id IS NOT NULL)
) STRICT;
CREATE INDEX projects_by_client ON projects (client_id);

CREATE TABLE project_people (
  project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  person_id  TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE ON UPDATE CASCADE,
  role       TEXT NOT NULL,
  label      TEXT,
  PRIMARY KEY (project_id, person_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_people_by_person ON project_people (person_id);

CREATE TABLE events (
  id         TEXT PRIMARY KEY,
  client_id  TEXT REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  name       TEXT,
  start_date TEXT,
  fields     TEXT NOT NULL DEFAULT '{}',
  awaited    INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER
) STRICT;
CREATE INDEX events_by_client ON events (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX events_by_project ON events (project_id) WHERE project_id IS NOT NULL;

CREATE TABLE invoices (
  id             TEXT PRIMARY KEY,
  client_id      TEXT REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  project_id     TEXT REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  number         TEXT,
  status         TEXT,
  due_date       TEXT,
  total_minor    INTEGER,
  total_currency TEXT,
  fields         TEXT NOT NULL DEFAULT '{}',
  awaited        INTEGER NOT NULL DEFAULT 0,
  deleted_at     INTEGER,
  CHECK (awaited = 1 OR client_id IS NOT NULL)
) STRICT;
CREATE INDEX invoices_by_client ON invoices (client_id);
CREATE INDEX invoices_by_project ON invoices (project_id) WHERE project_id IS NOT NULL;

CREATE TABLE payments (
  id              TEXT PRIMARY KEY,
  client_id       TEXT NOT NULL REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  project_id      TEXT REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  payer_id        TEXT REFERENCES people(id) ON DELETE SET NULL ON UPDATE CASCADE,
  status          TEXT,
  paid_on         TEXT,
  amount_minor    INTEGER,
  amount_currency TEXT,
  fields          TEXT NOT NULL DEFAULT '{}',
  awaited         INTEGER NOT NULL DEFAULT 0,
  deleted_at      INTEGER
) STRICT;
CREATE INDEX payments_by_client ON payments (client_id);
CREATE INDEX payments_by_project ON payments (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX payments_by_payer ON payments (payer_id) WHERE payer_id IS NOT NULL;

CREATE TABLE payment_allocations (
  payment_id      TEXT NOT NULL REFERENCES payments(id) ON DELETE CASCADE ON UPDATE CASCADE,
  invoice_id      TEXT NOT NULL REFERENCES invoices(id) ON DELETE CASCADE ON UPDATE CASCADE,
  amount_minor    INTEGER,
  amount_currency TEXT,
  PRIMARY KEY (payment_id, invoice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_allocations_by_invoice ON payment_allocations (invoice_id);

CREATE TABLE tasks (
  id         TEXT PRIMARY KEY,
  client_id  TEXT REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  title      TEXT,
  due_date   TEXT,
  fields     TEXT NOT NULL DEFAULT '{}',
  awaited    INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER
) STRICT;
CREATE INDEX tasks_by_client ON tasks (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX tasks_by_project ON tasks (project_id) WHERE project_id IS NOT NULL;

CREATE TABLE documents (
  id         TEXT PRIMARY KEY,
  client_id  TEXT REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  name       TEXT,
  fields     TEXT NOT NULL DEFAULT '{}',
  awaited    INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER
) STRICT;
CREATE INDEX documents_by_client ON documents (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX documents_by_project ON documents (project_id) WHERE project_id IS NOT NULL;

CREATE TABLE communications (
  id         TEXT PRIMARY KEY,
  client_id  TEXT REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  person_id  TEXT REFERENCES people(id) ON DELETE SET NULL ON UPDATE CASCADE,
  kind       TEXT,
  date       TEXT,
  fields     TEXT NOT NULL DEFAULT '{}',
  awaited    INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER
) STRICT;
CREATE INDEX communications_by_client ON communications (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX communications_by_project ON communications (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX communications_by_person ON communications (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE forms (
  id          TEXT PRIMARY KEY,
  client_id   TEXT REFERENCES clients(id) ON DELETE CASCADE ON UPDATE CASCADE,
  project_id  TEXT REFERENCES projects(id) ON DELETE CASCADE ON UPDATE CASCADE,
  template_id TEXT,
  state       TEXT,
  fields      TEXT NOT NULL DEFAULT '{}',
  awaited     INTEGER NOT NULL DEFAULT 0,
  deleted_at  INTEGER
) STRICT;
CREATE INDEX forms_by_client ON forms (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX forms_by_project ON forms (project_id) WHERE project_id IS NOT NULL;

-- What the CRM last said (MODEL 4).
CREATE TABLE crm_streams (
  no             INTEGER PRIMARY KEY,
  connection     INTEGER NOT NULL REFERENCES crm_integrations(no) ON DELETE CASCADE,
  stream         TEXT NOT NULL,
  proved         INTEGER,
  proved_scope   TEXT,
  UNIQUE (connection, stream)
) STRICT;

CREATE TABLE snapshots (
  no         INTEGER PRIMARY KEY,
  stream     INTEGER NOT NULL REFERENCES crm_streams(no) ON DELETE CASCADE,
  id         TEXT NOT NULL,
  scope_hash TEXT NOT NULL,
  ids        INTEGER NOT NULL DEFAULT 0,
  proved_at  INTEGER,
  UNIQUE (stream, id)
) STRICT;

CREATE TABLE crm_records (
  no            INTEGER PRIMARY KEY,
  stream        INTEGER NOT NULL REFERENCES crm_streams(no) ON DELETE CASCADE,
  external_id   TEXT NOT NULL,
  content_hash  BLOB NOT NULL,
  version       TEXT,
  scope_hash    TEXT NOT NULL,
  parent1       TEXT,
  parent2       TEXT,
  seen          INTEGER NOT NULL DEFAULT 0,
  missed        INTEGER NOT NULL DEFAULT 0,
  missing_since INTEGER,
  deleted_at    INTEGER,
  raw           TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX crm_records_by_id ON crm_records (stream, external_id);
CREATE INDEX crm_records_by_parent1 ON crm_records (stream, parent1, external_id) WHERE parent1 IS NOT NULL;
CREATE INDEX crm_records_by_parent2 ON crm_records (stream, parent2, external_id) WHERE parent2 IS NOT NULL;

-- What WedSync last said (MODEL 4); local edits are pending outbox rows over it.
CREATE TABLE wedsync_records (
  record_type    TEXT NOT NULL,
  id             TEXT NOT NULL,
  server_version INTEGER NOT NULL,
  external_refs  TEXT NOT NULL DEFAULT '[]',
  deleted_at     INTEGER,
  mentioned      INTEGER NOT NULL DEFAULT 0,
  fields         TEXT NOT NULL,
  PRIMARY KEY (record_type, id)
) STRICT;

-- Source record to WedSync record (SYNC-LAW 19); `confirmed` 0 is an id that is only reserved.
CREATE TABLE record_links (
  stream      INTEGER NOT NULL REFERENCES crm_streams(no) ON DELETE CASCADE,
  external_id TEXT NOT NULL,
  record_type TEXT NOT NULL,
  connection  INTEGER NOT NULL REFERENCES crm_integrations(no) ON DELETE CASCADE,
  record_id   TEXT NOT NULL,
  client_id   TEXT NOT NULL DEFAULT '',
  confirmed   INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
  PRIMARY KEY (stream, external_id, record_type)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX record_links_by_record ON record_links (record_id, record_type, connection);
CREATE INDEX record_links_by_client ON record_links (client_id, connection);

CREATE TABLE base_values (
  stream           INTEGER NOT NULL REFERENCES crm_streams(no) ON DELETE CASCADE,
  external_id      TEXT NOT NULL,
  record_type      TEXT NOT NULL,
  mapping_revision INTEGER NOT NULL,
  pairs            TEXT NOT NULL,
  PRIMARY KEY (stream, external_id, record_type)
) STRICT, WITHOUT ROWID;

-- Keys under which a held party can be found, as the first 8 bytes of SHA-256 over kind and value: a false hit only
-- costs one comparison more, and no address stands in the index.
CREATE TABLE match_keys (
  key       INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  PRIMARY KEY (key, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_keys_by_client ON match_keys (client_id);

CREATE TABLE id_aliases (
  record_type TEXT NOT NULL,
  old_id      TEXT NOT NULL,
  new_id      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (record_type, old_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
  no            INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  job_id        TEXT NOT NULL REFERENCES crm_sync_jobs(id) ON DELETE CASCADE,
  connection    INTEGER NOT NULL REFERENCES crm_integrations(no) ON DELETE CASCADE,
  state         TEXT NOT NULL CHECK (state IN ('building','ready','executing','finished','superseded')),
  hash          TEXT NOT NULL DEFAULT '',
  counts        TEXT NOT NULL DEFAULT '{}',
  guard         TEXT,
  guard_lifted_by TEXT,
  guard_lifted_at INTEGER,
  approved_by   TEXT,
  approved_at   INTEGER,
  created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX plans_by_connection ON plans (connection, no);
CREATE INDEX plans_by_job ON plans (job_id);

CREATE TABLE plan_units (
  no            INTEGER PRIMARY KEY,
  plan          INTEGER NOT NULL REFERENCES plans(no) ON DELETE CASCADE,
  seq           INTEGER NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('conflict','problem','duplicate','changed','linked','new','unchanged','skipped')),
  state         TEXT NOT NULL CHECK (state IN ('pending','approved','rejected','moved','applied','done','refused')),
  client_id     TEXT NOT NULL,
  name_key      TEXT NOT NULL,
  wedding_date  TEXT NOT NULL,
  search        TEXT NOT NULL,
  problems      INTEGER NOT NULL,
  candidates    INTEGER NOT NULL,
  conflicts     INTEGER NOT NULL,
  ops           INTEGER NOT NULL,
  adoptions     INTEGER NOT NULL,
  approved_hash TEXT NOT NULL DEFAULT '',
  approved_by   TEXT,
  approved_at   INTEGER,
  resolution    TEXT NOT NULL DEFAULT '{}',
  unchanged     TEXT NOT NULL DEFAULT '{}',
  summary       TEXT NOT NULL,
  body          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX plan_units_in_order ON plan_units (plan, seq);
CREATE INDEX plan_units_by_kind ON plan_units (plan, kind, state, seq);
CREATE INDEX plan_units_by_name ON plan_units (plan, name_key, kind, seq);
CREATE INDEX plan_units_by_date ON plan_units (plan, wedding_date, kind, seq);
CREATE INDEX plan_units_search ON plan_units (plan, search, seq);

-- `live` 0 is an operation that was sent and then planned anew: kept, because an undo needs it.
CREATE TABLE plan_ops (
  plan        INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  ord         INTEGER NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('create','update','link','delete')),
  record_type TEXT NOT NULL,
  record_id   TEXT NOT NULL,
  hash        TEXT NOT NULL,
  live        INTEGER NOT NULL DEFAULT 1 CHECK (live IN (0, 1)),
  op          TEXT NOT NULL,
  PRIMARY KEY (plan, seq, ord),
  FOREIGN KEY (plan, seq) REFERENCES plan_units(plan, seq) ON DELETE CASCADE
) STRICT;

-- What a person decided, by the inputs it was decided on.
CREATE TABLE review_decisions (
  connection INTEGER NOT NULL REFERENCES crm_integrations(no) ON DELETE CASCADE,
  client_id  TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  resolution TEXT NOT NULL CHECK (json_valid(resolution)),
  at         INTEGER NOT NULL,
  PRIMARY KEY (connection, client_id, input_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE conflicts (
  id          TEXT PRIMARY KEY,
  connection  INTEGER NOT NULL REFERENCES crm_integrations(no) ON DELETE CASCADE,
  record_type TEXT NOT NULL,
  record_id   TEXT NOT NULL,
  field       TEXT NOT NULL,
  crm         TEXT,
  wedsync     TEXT,
  base        TEXT,
  state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','crm','wedsync','typed','dropped')),
  at          INTEGER NOT NULL,
  decided_by  TEXT,
  decided_at  INTEGER
) STRICT;
CREATE INDEX conflicts_by_record ON conflicts (record_type, record_id);

CREATE TABLE merges (
  id          TEXT PRIMARY KEY,
  record_type TEXT NOT NULL,
  loser_id    TEXT NOT NULL,
  winner_id   TEXT NOT NULL,
  before      TEXT NOT NULL CHECK (json_valid(before)),
  by          TEXT NOT NULL,
  at          INTEGER NOT NULL,
  undone_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX merges_by_loser ON merges (record_type, loser_id) WHERE undone_at IS NULL;

CREATE TABLE outbox_batches (
  id          TEXT PRIMARY KEY,
  job_id      TEXT NOT NULL REFERENCES crm_sync_jobs(id) ON DELETE CASCADE,
  body        TEXT NOT NULL,
  digest      TEXT NOT NULL,
  ops         INTEGER NOT NULL,
  attempts    INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  answered_at INTEGER,
  effect      TEXT
) STRICT;
CREATE INDEX outbox_batches_unanswered ON outbox_batches (job_id) WHERE answered_at IS NULL;

-- One row per operation. What it does stands in plan_ops (plan, unit, ord) or, for an undo, in the row it takes back
-- (undo_of); the bytes that were sent stand in outbox_batches.
CREATE TABLE outbox (
  seq         INTEGER PRIMARY KEY,
  op_id       TEXT NOT NULL UNIQUE,
  job_id      TEXT NOT NULL REFERENCES crm_sync_jobs(id) ON DELETE CASCADE,
  connection  INTEGER NOT NULL REFERENCES crm_integrations(no) ON DELETE CASCADE,
  plan        INTEGER,
  unit        INTEGER,
  ord         INTEGER,
  undo_of     TEXT,
  kind        TEXT NOT NULL CHECK (kind IN ('create','update','link','delete')),
  record_type TEXT NOT NULL,
  record_id   TEXT NOT NULL,
  depends_on  INTEGER REFERENCES outbox(seq) ON DELETE SET NULL,
  expected    INTEGER,
  state       TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','sent','acked','held','rejected')),
  batch_id    TEXT REFERENCES outbox_batches(id) ON DELETE SET NULL,
  outcome     TEXT,
  version     INTEGER,
  answer      TEXT,
  undone_by   TEXT
) STRICT;
CREATE INDEX outbox_by_job ON outbox (job_id, seq);
CREATE INDEX outbox_queued ON outbox (job_id, seq) WHERE state = 'queued';
CREATE INDEX outbox_by_record ON outbox (record_id, record_type, seq);
CREATE INDEX outbox_children ON outbox (depends_on) WHERE depends_on IS NOT NULL;
CREATE INDEX outbox_by_unit ON outbox (plan, unit);
CREATE INDEX outbox_by_batch ON outbox (batch_id) WHERE batch_id IS NOT NULL;

-- Images from before an operation, as undo needs them: what it changed in a base, a link and a reference.
CREATE TABLE before_images (
  op_id  TEXT NOT NULL,
  part   TEXT NOT NULL CHECK (part IN ('base','adopted','fields')),
  stream INTEGER NOT NULL DEFAULT 0,
  external_id TEXT NOT NULL DEFAULT '',
  record_type TEXT NOT NULL,
  image  TEXT,
  PRIMARY KEY (op_id, part, stream, external_id, record_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
  seq           INTEGER PRIMARY KEY,
  at            INTEGER NOT NULL,
  who           TEXT NOT NULL,
  why           TEXT NOT NULL,
  job_id        TEXT,
  action        TEXT NOT NULL,
  record_type   TEXT,
  record_id     TEXT,
  before_digest BLOB,
  after_digest  BLOB,
  hash          BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_log_keeps BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;

-- The key under which digests about one client are made; erasure destroys it and the chain still verifies.
CREATE TABLE audit_keys (
  subject TEXT PRIMARY KEY,
  key     BLOB NOT NULL CHECK (length(key) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE consents (
  id            INTEGER PRIMARY KEY,
  connection_id TEXT NOT NULL,
  text_version  TEXT NOT NULL,
  scope         TEXT NOT NULL CHECK (json_valid(scope)),
  at            INTEGER NOT NULL,
  by            TEXT NOT NULL
) STRICT;
CREATE INDEX consents_by_connection ON consents (connection_id, id);

CREATE TABLE backups (
  id         TEXT PRIMARY KEY,
  reason     TEXT NOT NULL,
  job_id     TEXT,
  file       TEXT NOT NULL,
  size       INTEGER NOT NULL,
  sha256     TEXT NOT NULL,
  at         INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT;

CREATE TABLE custom_field_defs (
  connection     INTEGER NOT NULL REFERENCES crm_integrations(no) ON DELETE CASCADE,
  record_type    TEXT NOT NULL,
  external_id    TEXT NOT NULL,
  label          TEXT NOT NULL,
  kind           TEXT NOT NULL,
  choices        TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(choices)),
  wedsync_field  TEXT,
  PRIMARY KEY (connection, record_type, external_id)
) STRICT;

CREATE TABLE mapping_templates (
  id       TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  name     TEXT NOT NULL,
  rules    TEXT NOT NULL CHECK (json_valid(rules)),
  at       INTEGER NOT NULL,
  UNIQUE (provider, name)
) STRICT;

CREATE TABLE usage_counters (
  day   TEXT NOT NULL,
  name  TEXT NOT NULL,
  value INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_events (
  job_id TEXT NOT NULL REFERENCES crm_sync_jobs(id) ON DELETE CASCADE,
  seq    INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  event  TEXT NOT NULL CHECK (json_valid(event)),
  PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

-- Facts about this file itself: mirror cursor, full-list generation, restore epoch.
CREATE TABLE store_meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE schema_migrations (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;
