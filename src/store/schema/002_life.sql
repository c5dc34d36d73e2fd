-- How access begins and changes hands. An offer's answer is stored; that its time is over follows from the clock.

ALTER TABLE assignment ADD COLUMN review_on INTEGER;
ALTER TABLE site ADD COLUMN editor TEXT;

CREATE INDEX assignment_of_team ON assignment (level) WHERE level = 'team';
CREATE INDEX assignment_by_beginning ON assignment (since) WHERE since IS NOT NULL;
CREATE INDEX assignment_by_end ON assignment (until) WHERE until IS NOT NULL;
CREATE INDEX assignment_by_review ON assignment (review_on) WHERE review_on IS NOT NULL;

CREATE TABLE request (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    contact   INTEGER NOT NULL REFERENCES contact (id),
    site_text TEXT NOT NULL CHECK (site_text <> ''),
    person    INTEGER NOT NULL REFERENCES person (id),
    until     INTEGER,
    message   TEXT NOT NULL,
    asked_by  INTEGER REFERENCES person (id),
    days      INTEGER NOT NULL CHECK (days > 0),
    answer    TEXT NOT NULL CHECK (answer IN ('none', 'accepted', 'declined', 'cancelled')),
    sent      INTEGER NOT NULL,
    sendings  INTEGER NOT NULL CHECK (sendings > 0),
    answered  INTEGER CHECK ((answered IS NULL) = (answer = 'none')),
    site      INTEGER REFERENCES site (id),
    wider     INTEGER NOT NULL CHECK (wider IN (0, 1))
) STRICT;
CREATE INDEX request_open ON request (sent) WHERE answer = 'none';
CREATE INDEX request_by_contact ON request (contact);
CREATE INDEX request_by_person ON request (person);
CREATE INDEX request_by_asker ON request (asked_by) WHERE asked_by IS NOT NULL;
CREATE INDEX request_by_site ON request (site) WHERE site IS NOT NULL;

CREATE TABLE invitation (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    email       TEXT NOT NULL,
    email_key   TEXT NOT NULL,
    level       TEXT NOT NULL CHECK (level IN ('site', 'team')),
    client      INTEGER NOT NULL CHECK (client IN (0, 1)),
    until       INTEGER,
    note        TEXT NOT NULL,
    invited_by  INTEGER REFERENCES person (id),
    request     INTEGER REFERENCES request (id),
    answer      TEXT NOT NULL CHECK (answer IN ('none', 'accepted', 'declined', 'cancelled')),
    sent        INTEGER NOT NULL,
    sendings    INTEGER NOT NULL CHECK (sendings > 0),
    token       BLOB NOT NULL CHECK (length(token) = 32),
    answered    INTEGER CHECK ((answered IS NULL) = (answer = 'none')),
    accepted_by INTEGER REFERENCES person (id) CHECK (accepted_by IS NULL OR answer = 'accepted')
) STRICT;
CREATE UNIQUE INDEX invitation_by_token ON invitation (token);
CREATE INDEX invitation_by_email ON invitation (email_key);
CREATE INDEX invitation_open ON invitation (sent) WHERE answer = 'none';
CREATE INDEX invitation_by_inviter ON invitation (invited_by) WHERE invited_by IS NOT NULL;
CREATE INDEX invitation_by_accepter ON invitation (accepted_by) WHERE accepted_by IS NOT NULL;
CREATE INDEX invitation_by_request ON invitation (request) WHERE request IS NOT NULL;

CREATE TABLE waiting_role (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    invitation INTEGER REFERENCES invitation (id),
    request    INTEGER REFERENCES request (id),
    role       INTEGER NOT NULL REFERENCES role (id),
    placed     INTEGER NOT NULL CHECK (placed IN (0, 1)),
    folder     INTEGER REFERENCES folder (id),
    site       INTEGER REFERENCES site (id),
    CHECK ((invitation IS NULL) <> (request IS NULL)),
    CHECK (folder IS NULL OR site IS NULL),
    CHECK (placed = 1 OR (folder IS NULL AND site IS NULL))
) STRICT;
CREATE INDEX waiting_role_by_invitation ON waiting_role (invitation) WHERE invitation IS NOT NULL;
CREATE INDEX waiting_role_by_request ON waiting_role (request) WHERE request IS NOT NULL;
CREATE INDEX waiting_role_by_role ON waiting_role (role);
CREATE INDEX waiting_role_by_site ON waiting_role (site) WHERE site IS NOT NULL;
CREATE INDEX waiting_role_by_folder ON waiting_role (folder) WHERE folder IS NOT NULL;

CREATE TABLE handover (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    site      INTEGER NOT NULL REFERENCES site (id),
    kind      TEXT NOT NULL CHECK (kind IN ('transfer', 'partner')),
    email     TEXT NOT NULL,
    email_key TEXT NOT NULL,
    keep      INTEGER REFERENCES role (id),
    with_plan INTEGER NOT NULL CHECK (with_plan IN (0, 1)),
    with_copy INTEGER NOT NULL CHECK (with_copy IN (0, 1)),
    asked_by  INTEGER REFERENCES person (id),
    answer    TEXT NOT NULL CHECK (answer IN ('none', 'accepted', 'declined', 'cancelled')),
    sent      INTEGER NOT NULL,
    sendings  INTEGER NOT NULL CHECK (sendings > 0),
    token     BLOB NOT NULL CHECK (length(token) = 32),
    answered  INTEGER CHECK ((answered IS NULL) = (answer = 'none'))
) STRICT;
CREATE UNIQUE INDEX handover_by_token ON handover (token);
CREATE INDEX handover_by_site ON handover (site);
CREATE INDEX handover_by_email ON handover (email_key);
CREATE INDEX handover_by_role ON handover (keep) WHERE keep IS NOT NULL;
CREATE INDEX handover_by_asker ON handover (asked_by) WHERE asked_by IS NOT NULL;
CREATE INDEX handover_open ON handover (sent) WHERE answer = 'none';

-- Which entries touched what: found again, never part of the chain.
CREATE TABLE touched (
    kind TEXT NOT NULL,
    id   INTEGER NOT NULL,
    seq  INTEGER NOT NULL REFERENCES entry (seq),
    PRIMARY KEY (kind, id, seq)
) STRICT, WITHOUT ROWID;
