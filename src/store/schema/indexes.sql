-- Apart from the tables, so that a first import can build them once at its end.
CREATE INDEX person_by_fold ON person (fold, id);
CREATE INDEX site_by_fold ON site (fold, id);
CREATE INDEX site_by_url ON site (url);
CREATE INDEX site_by_folder ON site (folder);
CREATE INDEX site_by_owner ON site (owner);
-- One row a person, role, level and scope; also finds what a person holds on a site.
CREATE UNIQUE INDEX assignment_once ON assignment (person, ifnull(site, 0), ifnull(folder, 0), role, level);
-- Covers every question about one site.
CREATE INDEX assignment_by_site ON assignment (site, person, role, level, since, until) WHERE site IS NOT NULL;
-- Folders and everywhere.
CREATE INDEX assignment_wide ON assignment (folder, person) WHERE site IS NULL;
-- What hangs on a folder that goes: SQLite cannot tell that such a row has no site.
CREATE INDEX assignment_by_folder ON assignment (folder) WHERE folder IS NOT NULL;
-- With the person, so that holders are counted without the rows.
CREATE INDEX assignment_by_role ON assignment (role, person);
-- What hangs on a person who goes.
CREATE INDEX assignment_by_giver ON assignment (granted_by) WHERE granted_by IS NOT NULL;
