-- One number by which a contact is called; further ones stand in the notes.
ALTER TABLE contact ADD COLUMN phone TEXT CHECK (phone <> '');
