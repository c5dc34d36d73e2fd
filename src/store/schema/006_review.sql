-- Reviews, and what is decided on in them. An item outlives what it is about: it refers to no row but its review, and keeps in
-- `held` the row as it was, by numbers, and in `named` the names of then.
CREATE TABLE review (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL UNIQUE CHECK (name <> ''),
    about    TEXT NOT NULL,
    due      INTEGER,
    asked    TEXT,
    started  INTEGER NOT NULL,
    finished INTEGER
) STRICT;
CREATE TABLE review_item (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    review     INTEGER NOT NULL REFERENCES review (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    held       TEXT NOT NULL CHECK (json_type(held) = 'object'),
    named      TEXT NOT NULL CHECK (json_type(named) = 'object'),
    sensitive  TEXT NOT NULL CHECK (json_type(sensitive) = 'array'),
    decision   TEXT CHECK (json_type(decision) = 'object'),
    assignment INTEGER,
    verdict    TEXT,
    UNIQUE (review, number)
) STRICT;
CREATE INDEX review_item_by_assignment ON review_item (assignment) WHERE assignment IS NOT NULL;
