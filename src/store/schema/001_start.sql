-- Tables are the truth; the journal explains and undoes them.
-- No number is given twice (AUTOINCREMENT), so that an undo never brings a reference back to somebody else.
-- Instants are microseconds since 1970 UTC. `fold` is what a search compares and a list sorts by.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog (
    platform TEXT NOT NULL PRIMARY KEY,
    data     TEXT NOT NULL CHECK (json_valid(data))
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    email     TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    fold      TEXT NOT NULL
) STRICT;

CREATE TABLE contact (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL CHECK (name <> ''),
    email     TEXT,
    email_key TEXT UNIQUE,
    status    TEXT NOT NULL CHECK (status IN ('lead', 'client', 'former')),
    labels    TEXT NOT NULL CHECK (json_type(labels) = 'array'),
    notes     TEXT NOT NULL,
    fold      TEXT NOT NULL,
    CHECK ((email IS NULL) = (email_key IS NULL))
) STRICT;
CREATE INDEX contact_by_fold ON contact (fold, id);
CREATE UNIQUE INDEX contact_by_name ON contact (name) WHERE email IS NULL;

CREATE TABLE folder (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    key    TEXT NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    parent INTEGER REFERENCES folder (id) CHECK (parent <> id)
) STRICT;
CREATE INDEX folder_by_parent ON folder (parent);

CREATE TABLE site (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    key      TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    url      TEXT NOT NULL,
    platform TEXT NOT NULL,
    folder   INTEGER REFERENCES folder (id),
    owner    INTEGER NOT NULL REFERENCES person (id),
    host     TEXT NOT NULL CHECK (host IN ('agency', 'owner')),
    apps     TEXT NOT NULL CHECK (json_type(apps) = 'array'),
    status   TEXT NOT NULL CHECK (status IN ('published', 'draft', 'parked')),
    fold     TEXT NOT NULL
) STRICT;

CREATE TABLE role (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    about       TEXT NOT NULL,
    platform    TEXT NOT NULL,
    level       TEXT NOT NULL CHECK (level IN ('site', 'team', 'both')),
    builtin     INTEGER NOT NULL CHECK (builtin IN (0, 1)),
    permissions TEXT NOT NULL CHECK (json_type(permissions) = 'array')
) STRICT;

CREATE TABLE assignment (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person     INTEGER NOT NULL REFERENCES person (id),
    role       INTEGER NOT NULL REFERENCES role (id),
    level      TEXT NOT NULL CHECK (level IN ('site', 'team')),
    folder     INTEGER REFERENCES folder (id),
    site       INTEGER REFERENCES site (id),
    since      INTEGER,
    until      INTEGER,
    reason     TEXT,
    granted_by INTEGER REFERENCES person (id),
    CHECK (folder IS NULL OR site IS NULL),
    CHECK (level = 'team' OR site IS NOT NULL),
    CHECK (since < until)
) STRICT;

CREATE TABLE entry (
    seq        INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    via        TEXT NOT NULL,
    command    TEXT NOT NULL CHECK (json_valid(command)),
    summary    TEXT NOT NULL,
    changes    TEXT CHECK (json_type(changes) = 'array'),
    parts      INTEGER NOT NULL DEFAULT 0,
    inverse_of INTEGER REFERENCES entry (seq) CHECK (inverse_of < seq),
    hash       BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- The changes of a large import: compressed JSON lines, in order.
CREATE TABLE entry_part (
    id   INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
    part INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (seq, part)
) STRICT;

CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entry_part_is_final BEFORE UPDATE ON entry_part BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entry_part_stays BEFORE DELETE ON entry_part BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
