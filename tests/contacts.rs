//! Files of contacts as other programs write them: what comes in, what is said, what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use rolecall::domain::record::{ContactRecord, Record};
use rolecall::exchange::contacts::{self, Contacts};
use rolecall::store::Store;

fn read(file: &[u8]) -> Contacts {
    contacts::read(file).unwrap_or_else(|error| panic!("{error}"))
}

/// Line and contact, as they go into an empty workspace.
fn records(found: &Contacts) -> Vec<(usize, ContactRecord)> {
    let store = Store::memory().unwrap();
    let contact = |(line, record)| match record {
        Record::Contact(it) => (line, it),
        other => panic!("{other:?}"),
    };
    found.over(store.reader()).unwrap().into_iter().map(contact).collect()
}

/// The contacts of a file, one a line: line, name, e-mail, status, labels, notes.
fn check(file: &str, expected: &[&str]) {
    let rows = records(&read(file.as_bytes())).into_iter().map(|(line, it)| {
        let fields = [&it.name, it.email.as_deref().unwrap_or("-"), it.status.as_str(), &it.labels.join("+"), &it.notes];
        format!("{line} {}", fields.join("|"))
    });
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}

fn check_notes(file: &str, expected: &[&str]) {
    assert_eq!(read(file.as_bytes()).notes, expected);
}

fn check_refused(file: impl AsRef<[u8]>, sentence: &str) {
    let error = contacts::read(file.as_ref()).map(|it| it.given.len()).unwrap_err().to_string();
    assert_eq!(error, format!("{sentence}; nothing was imported"));
}

#[test]
fn a_plain_table_is_read() {
    check(
        "name,email,status,labels,notes\nAna Ruiz,ana@acme.example,client,vip;press,Calls on Mondays\nBo,,,,\n",
        &["2 Ana Ruiz|ana@acme.example|client|vip+press|Calls on Mondays", "3 Bo|-|lead||"],
    );
}

#[test]
fn google_contacts_with_old_headers() {
    let headers = "Name,Given Name,Additional Name,Family Name,Birthday,Notes,Group Membership,E-mail 1 - Type,E-mail 1 - Value,\
                   E-mail 2 - Type,E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name,Organization 1 - Title";
    let row = "Ana Ruiz,Ana,,Ruiz,1980-04-01,Met in Lund,vip ::: * myContacts,* Work,ana@acme.example,Home,ana@home.example,\
               Mobile,+46 70 1 ::: +46 70 2,Acme,Owner";
    let file = format!("{headers}\n{row}\n");
    let notes = "Met in Lund\nE-mail: ana@home.example\nCompany: Acme\nBirthday: 1980-04-01\nPhone (Mobile): +46 70 1\nPhone (Mobile): +46 70 2\nJob title: Owner";
    check(&file, &[&format!("2 Ana Ruiz|ana@acme.example|lead|vip|{notes}")]);
    check_notes(&file, &["left out: E-mail 1 - Type, E-mail 2 - Type, the group * myContacts"]);
}

#[test]
fn google_contacts_with_new_headers() {
    check(
        "First Name,Middle Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n\
         Ana,María,Ruiz,Acme,vip ::: * starred,,ana@acme.example,Work,+46 70 1\n,,,Acme,,,info@acme.example,,\n",
        &["2 Ana María Ruiz|ana@acme.example|lead|vip|Company: Acme\nPhone (Work): +46 70 1", "3 Acme|info@acme.example|lead||"],
    );
}

#[test]
fn wix_contacts() {
    check(
        "First Name,Last Name,Email 1,Phone 1,Company,Labels,Email subscriber status,Created At (UTC+0),Last Activity\r\n\
         Ana,Ruiz,ana@acme.example,'+46 70 1,Acme,Customers;Contacted Me,subscribed,2024-01-02,Form submitted\r\n",
        &["2 Ana Ruiz|ana@acme.example|lead|Customers+Contacted Me|Company: Acme\nPhone: '+46 70 1\n\
           Email subscriber status: subscribed\nCreated at (UTC): 2024-01-02\nLast activity: Form submitted"],
    );
}

#[test]
fn unknown_columns_are_kept_in_the_notes_and_named_once() {
    let file = "name,shoe size,empty\nAna,38,\nBo,41,\n";
    check(file, &["2 Ana|-|lead||shoe size: 38", "3 Bo|-|lead||shoe size: 41"]);
    check_notes(file, &["kept in the notes of each contact, for want of a field: shoe size"]);
}

#[test]
fn byte_order_marks_line_ends_and_delimiters_are_recognised() {
    let ana = ["2 Ana, Dr|ana@a.example|lead||"];
    check("\u{feff}name,email\r\n\"Ana, Dr\",ana@a.example\r\n", &ana);
    check("name;email\n\"Ana, Dr\";ana@a.example\n", &ana);
    check("name\temail\rAna, Dr\tana@a.example\r", &ana);
    check("sep=;\nname;email\nAna, Dr;ana@a.example\n", &["3 Ana, Dr|ana@a.example|lead||"]);
}

#[test]
fn lines_are_counted_past_empty_ones_and_breaks_inside_quotes() {
    check("name,notes\n\n\nAna,\"one\r\ntwo\"\n\nBo,\n", &["4 Ana|-|lead||one\ntwo", "7 Bo|-|lead||"]);
}

#[test]
fn rows_without_name_and_address_and_doubles_are_skipped_and_named() {
    let file = "name,email,phone\nAna,ana@a.example,\n,,123\nAnna,ANA@a.example,\nBo,,\nBo,,\n";
    check(file, &["2 Ana|ana@a.example|lead||", "5 Bo|-|lead||"]);
    check_notes(
        file,
        &[
            "line 3: neither a name nor an e-mail; skipped",
            "line 4: ANA@a.example stood on line 2 already; skipped",
            "line 6: Bo stood on line 5 already; skipped",
        ],
    );
}

#[test]
fn a_missing_name_is_the_company_or_else_the_address() {
    check("name,company,email\n,Acme,a@a.example\n,,b@a.example\n", &["2 Acme|a@a.example|lead||", "3 b@a.example|b@a.example|lead||"]);
}

#[test]
fn a_lost_letter_is_warned_of() {
    check_notes("name\nCaf\u{fffd}\n", &["line 2: Caf\u{fffd} has lost a letter in an earlier program (U+FFFD)"]);
}

#[test]
fn bad_fields_are_refused_with_line_column_and_value() {
    check_refused("name,email\nAna,ana\n", "line 2: column email: `ana` is not an e-mail address");
    check_refused(
        "name,E-mail 1 - Value\nAna,ana\u{202e}@a.example\n",
        "line 2: column E-mail 1 - Value: the e-mail \"ana‹U+202E›@a.example\" has a text-direction control (U+202E, character 4)",
    );
    check_refused("name\nA\u{1b}[2J\n", "line 2: column name: the name \"A‹ESC›[2J\" has a control character (U+001B, character 2)");
    check_refused("name,status\nAna,boss\n", "line 2: column status: no status `boss`; there are: lead, client, former");
    check_refused("name,phone\nAna,1\u{7}2\n", "line 2: column phone: the value has a control character (U+0007, character 2)");
}

#[test]
fn broken_tables_are_refused_with_line_and_column() {
    check_refused("", "line 1: the file is empty");
    check_refused("name,email\n", "line 1: there are headers and no rows");
    check_refused("name,email\nAna,\"ana\nBo,b\n", "line 2: column 5: the quote that opens here is never closed");
    check_refused("name\n\"Ana\" x\n", "line 2: column 6: text after a closing quote; write a quote inside a field as two");
    check_refused("name,email,Name\nAna,,\n", "line 1: columns 1 and 3 are both called `Name`");
    check_refused("name,email\nAna,a@a.example,x\n", "line 2: 3 fields, but there are 2 headers");
    check_refused("name\nA\0na\n", "line 2: column 2: a NUL character; the file is probably UTF-16, save it as UTF-8");
    check_refused(format!("name,notes\nAna,{}\n", "x".repeat(65537)), "line 2: column notes: 65537 bytes; 65536 is the most in one field");
    check_refused(format!("name{}\n", ",x".repeat(10_000)), "line 1: 10001 columns; 512 is the most");
    check_refused("Ana,38\nBo,41\n", "line 1: no column has a name or an e-mail; the first line is: Ana, 38");
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
    let sequences: [&[u8]; 15] = [
        b"\xff",
        b"\x80",
        b"\xc3",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe2\x82",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xf0\x80\x80\x80",
        b"\xf0\x90\x8d",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xe9",
        b"\xff\xfeA\0",
        b"\xfe\xff\0A",
    ];
    for bytes in sequences {
        let hint = "is not UTF-8; the file is probably Latin-1 or UTF-16, save it as UTF-8";
        let file = [b"name\nZo\xc3\xab ", bytes, b"\n"].concat();
        check_refused(&file, &format!("line 2: column 5: the byte 0x{:02x} {hint}", bytes[0]));
    }
}

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//x//EN\r\nN:Ruiz;Ana;;Dr.;\r\nFN:Ana\r\n  Ruiz\r\nitem1.EMAIL;TYPE=INTERNET:old@acme.example\r\n\
    EMAIL;TYPE=INTERNET,pref:ana@acme.example\r\nTEL;TYPE=CELL:+46 70 1\r\nitem2.TEL:+46 70 2\r\nitem2.X-ABLabel:_$!<Studio>!$_\r\n\
    ORG:Acme;Design\r\nTITLE:Owner\r\nADR;TYPE=WORK:;;Storgatan 1;Lund;;222 22;Sweden\r\nURL:https://acme.example\r\nBDAY:1980-04-01\r\n\
    NOTE:Likes tea\\, cake\\; and\\nmusic\r\nCATEGORIES:vip,press\r\nX-SHOE:38\r\nEND:VCARD\r\n";

#[test]
fn a_vcard_is_read_with_everything_it_says() {
    let notes = "Likes tea, cake; and\nmusic\nE-mail: old@acme.example\nCompany: Acme, Design\nPhone (cell): +46 70 1\nPhone (Studio): +46 70 2\n\
                 Job title: Owner\nAddress (work): Storgatan 1, Lund, 222 22, Sweden\nWebsite: https://acme.example\nBirthday: 1980-04-01\nX-SHOE: 38\nN: Dr.";
    check(CARD, &[&format!("1 Ana Ruiz|ana@acme.example|lead|vip+press|{notes}")]);
    check_notes(CARD, &["kept in the notes of each contact, for want of a field: X-SHOE", "left out: PRODID"]);
}

#[test]
fn several_vcards_of_version_4_are_read_by_preference() {
    check(
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nEMAIL;PREF=2:b@a.example\nEMAIL;PREF=1:a@a.example\nTEL;VALUE=uri;TYPE=\"cell\":tel:+46-70-1\nBDAY:--0401\nEND:VCARD\n\n\
         begin:vcard\nVERSION:4.0\nN:Lund;Tove;;;\nFN:\nend:vcard\n",
        &["1 Ana|a@a.example|lead||E-mail: b@a.example\nPhone (cell): +46-70-1\nBirthday: --0401", "10 Tove Lund|-|lead||"],
    );
}

#[test]
fn broken_vcards_are_refused_with_their_line() {
    let version = "line 1: this card is vCard 2.1, which is not read; export it as vCard 3.0 or 4.0";
    check_refused("BEGIN:VCARD\nVERSION:2.1\nN:Ruiz;Ana\nNOTE;ENCODING=QUOTED-PRINTABLE:a=\n=20b\nEND:VCARD\n", version);
    check_refused("BEGIN:VCARD\nVERSION:3.0\nFN:Ana\n", "line 1: this card never ends; the file is cut off");
    check_refused("BEGIN:VCARD\nFN:Ana\nBEGIN:VCARD\n", "line 3: a card begins before the one of line 1 has ended");
    check_refused("BEGIN:VCARD\nFN:Ana\nEND:VCARD\nhello\n", "line 4: `hello` stands outside a card");
    check_refused("BEGIN:VCARD\nFN:Ana\nhello\nEND:VCARD\n", "line 1: this card has a line without a colon: `hello`");
    check_refused("BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nEMAIL:ana\nEND:VCARD\n", "line 4: column EMAIL: `ana` is not an e-mail address");
}
