-- Takes 0007_find_clients back: for tests of the migration set; the app itself never goes down.
DROP INDEX people_find_email;
DROP INDEX people_find_last;
DROP INDEX people_find_first;
