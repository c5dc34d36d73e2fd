-- Findings of the audit that somebody answers for until a day. `about` and `evidence` hold numbers; what of it refers to a
-- row stands in columns of its own, too, so that no row goes without it.
CREATE TABLE accepted (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    rule     TEXT NOT NULL,
    about    TEXT NOT NULL CHECK (json_type(about) = 'object'),
    severity TEXT NOT NULL CHECK (severity IN ('low', 'medium', 'high')),
    evidence TEXT NOT NULL CHECK (json_type(evidence) = 'array'),
    until    INTEGER NOT NULL,
    because  TEXT NOT NULL CHECK (because <> ''),
    answers  INTEGER REFERENCES person (id),
    person   INTEGER REFERENCES person (id),
    other    INTEGER REFERENCES person (id),
    site     INTEGER REFERENCES site (id),
    role     INTEGER REFERENCES role (id),
    UNIQUE (rule, about)
) STRICT;
CREATE INDEX accepted_by_answers ON accepted (answers) WHERE answers IS NOT NULL;
CREATE INDEX accepted_by_person ON accepted (person) WHERE person IS NOT NULL;
CREATE INDEX accepted_by_other ON accepted (other) WHERE other IS NOT NULL;
CREATE INDEX accepted_by_site ON accepted (site) WHERE site IS NOT NULL;
CREATE INDEX accepted_by_role ON accepted (role) WHERE role IS NOT NULL;
