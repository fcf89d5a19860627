DROP TABLE plan_fields;
ALTER TABLE custom_field_defs DROP COLUMN choice;
ALTER TABLE custom_field_defs DROP COLUMN made_as;
ALTER TABLE custom_field_defs DROP COLUMN hidden;
ALTER TABLE custom_field_defs DROP COLUMN source;
ALTER TABLE custom_field_defs DROP COLUMN value_type;
ALTER TABLE custom_field_defs DROP COLUMN stream;
