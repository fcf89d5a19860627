-- The palette finds clients that WedSync holds by the beginnings of names and e-mails, at any length of the book
-- (`store/src/finding.rs`).
CREATE INDEX people_find_first ON people (first_name COLLATE NOCASE) WHERE deleted_at IS NULL;
CREATE INDEX people_find_last ON people (last_name COLLATE NOCASE) WHERE deleted_at IS NULL;
CREATE INDEX people_find_email ON people (email COLLATE NOCASE) WHERE deleted_at IS NULL;
