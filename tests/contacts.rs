//! Files of contacts as other programs write them: what comes in, what is said, what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::io::{Cursor, Read as _};

use proptest::prelude::*;
use rolecall::domain::contact::ContactRecord;
use rolecall::domain::record::Record;
use rolecall::exchange::contacts::{self, Contacts};
use rolecall::exchange::encoding;
use rolecall::exchange::table::Mapping;
use rolecall::facts::Store;

/// The contacts, or what is wrong with the whole file.
fn try_read(file: &[u8], mappings: &[Mapping]) -> Result<Contacts, String> {
    let (mut input, note) = encoding::open(Cursor::new(file.to_vec()), None).map_err(|error| error.to_string())?;
    let mut text = String::new();
    input.read_to_string(&mut text).unwrap();
    let mut found = contacts::read(&text, mappings).map_err(|error| error.to_string())?;
    found.notes.extend(note);
    Ok(found)
}

/// The contacts of a file without a fault.
fn read(file: &[u8]) -> Contacts {
    let found = try_read(file, &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.faults.named, []);
    found
}

/// Line and contact, as they go into an empty workspace.
fn records(mut found: Contacts) -> Vec<(usize, ContactRecord)> {
    let store = Store::memory().unwrap();
    let contact = |(line, record)| match record {
        Record::Contact(it) => (line, it),
        other => panic!("{other:?}"),
    };
    std::iter::from_fn(|| found.next(store.reader())).map(|it| contact(it.unwrap())).collect()
}

/// The contacts of a file, one a line: line, name, e-mail, status, labels, notes, and a phone where there is one.
#[track_caller]
fn check(file: impl AsRef<[u8]>, expected: &[&str]) {
    let rows = records(read(file.as_ref())).into_iter().map(|(line, it)| {
        let fields = [&it.name, it.email.as_deref().unwrap_or("-"), it.status.as_str(), &it.labels.join("+"), &it.notes];
        format!("{line} {}{}", fields.join("|"), it.phone.map_or_else(String::new, |it| format!("|{it}")))
    });
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}

#[track_caller]
fn check_notes(file: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(read(file.as_ref()).notes, expected);
}

/// The whole file is refused.
#[track_caller]
fn check_refused(file: impl AsRef<[u8]>, sentence: &str) {
    let error = try_read(file.as_ref(), &[]).map(|it| it.len()).unwrap_err();
    assert_eq!(error, format!("{sentence}; nothing was imported"));
}

/// These rows or cards are refused, each with its line; the others may come in.
#[track_caller]
fn check_faults(file: impl AsRef<[u8]>, expected: &[&str]) {
    let found = try_read(file.as_ref(), &[]).unwrap_or_else(|error| panic!("{error}"));
    let faults: Vec<String> = found.faults.named.iter().map(|(line, sentence)| format!("line {line}: {sentence}")).collect();
    assert_eq!(faults, expected);
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
    let notes =
        "Met in Lund\nE-mail: ana@home.example\nCompany: Acme\nBirthday: 1980-04-01\nPhone (Mobile): +46 70 2\nJob title: Owner|+46 70 1";
    check(&file, &[&format!("2 Ana Ruiz|ana@acme.example|lead|vip|{notes}")]);
    check_notes(&file, &["left out: E-mail 1 - Type, E-mail 2 - Type, the group * myContacts"]);
}

#[test]
fn google_contacts_with_new_headers() {
    check(
        "First Name,Middle Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n\
         Ana,María,Ruiz,Acme,vip ::: * starred,,ana@acme.example,Work,+46 70 1\n,,,Acme,,,info@acme.example,,\n",
        &["2 Ana María Ruiz|ana@acme.example|lead|vip|Company: Acme|+46 70 1", "3 Acme|info@acme.example|lead||"],
    );
}

#[test]
fn wix_contacts() {
    check(
        "First Name,Last Name,Email 1,Phone 1,Company,Labels,Email subscriber status,Created At (UTC+0),Last Activity\r\n\
         Ana,Ruiz,ana@acme.example,'+46 70 1,Acme,Customers;Contacted Me,subscribed,2024-01-02,Form submitted\r\n",
        &["2 Ana Ruiz|ana@acme.example|lead|Customers+Contacted Me|Company: Acme\n\
           Email subscriber status: subscribed\nCreated at (UTC): 2024-01-02\nLast activity: Form submitted|+46 70 1"],
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
fn rows_without_name_and_address_are_skipped_and_rows_of_one_contact_add_up() {
    let file =
        "name,email,phone,labels,notes\nAna,ana@a.example,1,vip,met in May\n,,123,,\nAnna,ANA@a.example,2,press,moved\nBo,,3,,\nBo,,4,,\n";
    check(file, &["2 Ana|ana@a.example|lead|vip+press|met in May\nPhone: 2\nmoved|1", "5 Bo|-|lead||Phone: 4|3"]);
    check_notes(
        file,
        &[
            "line 3: neither a name nor an e-mail; skipped",
            "line 4: ANA@a.example stood on line 2 already; both are one contact, Ana",
            "line 6: Bo stood on line 5 already; both are one contact, Bo",
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
fn every_bad_row_is_named_with_line_column_and_value_and_the_others_are_read() {
    let file = "name,email,phone\nAna,ana,\nBo,bo@b.example,\nCy,cy@c.example,1\u{7}2\nDi,not known,\nE\u{1b}[2J,,\nF,,1,2\n";
    check_faults(
        file,
        &[
            "line 2: column email: `ana` is not an e-mail address",
            "line 4: column phone: the value has a control character (U+0007, character 2)",
            "line 5: column email: `not known` is not an e-mail address",
            "line 6: column name: the name \"E‹ESC›[2J\" has a control character (U+001B, character 2)",
            "line 7: 4 fields, but there are 3 headers",
        ],
    );
    assert_eq!(try_read(file.as_bytes(), &[]).unwrap().len(), 1);
    check_faults(
        "name,E-mail 1 - Value\nAna,an\u{202e}a@a.example\n",
        &["line 2: column E-mail 1 - Value: the e-mail \"an‹U+202E›a@a.example\" has a text-direction control (U+202E, character 3)"],
    );
    let long = format!("name,notes\nAna,{}\n", "x".repeat(65537));
    check_faults(long, &["line 2: column notes: 65537 bytes; 65536 is the most in one field"]);
}

#[test]
fn broken_tables_are_refused_with_line_and_column() {
    check_refused("", "line 1: the file is empty");
    check_refused("name,email\n", "line 1: there are headers and no rows");
    check_refused("name,email\nAna,\"ana\nBo,b\n", "line 2: column 5: the quote that opens here is never closed");
    check_refused("name\n\"Ana\" x\n", "line 2: column 6: text after a closing quote; write a quote inside a field as two");
    let nul = "line 2: column 2: a NUL character; the file is damaged, or in another encoding: name it with --encoding";
    check_refused("name\nA\0na\n", nul);
    check_refused(format!("name{}\n", ",x".repeat(10_000)), "line 1: 10001 columns; 512 is the most");
    let bare = "line 1: `ana@a.example` is an address, where the headers should be; put a line before it that says what the columns hold, such as Name,E-mail";
    check_refused("Ana,ana@a.example\nBo,bo@b.example\n", bare);
    let way_out = "Say which with --column \"E-mail=HEADER\" or --column \"Name=HEADER\"";
    check_refused("Ana,38\nBo,41\n", &format!("line 1: no column has a name or an e-mail; the first line is: Ana, 38. {way_out}"));
}

#[test]
fn utf_16_and_windows_1252_are_read_and_the_guess_is_said() {
    let table = "name,email\r\nJörg Weiß,joerg@weiss.example\r\n";
    let utf16: Vec<u8> = format!("\u{feff}{table}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    check(&utf16, &["2 Jörg Weiß|joerg@weiss.example|lead||"]);
    check_notes(&utf16, &[]);
    let latin: Vec<u8> = table.chars().map(|it| u8::try_from(it as u32).unwrap()).collect();
    check(&latin, &["2 Jörg Weiß|joerg@weiss.example|lead||"]);
    check_notes(&latin, &["this is not UTF-8 and was read as Windows-1252; say otherwise with --encoding NAME"]);
    let card: Vec<u8> = b"BEGIN:VCARD\nVERSION:3.0\nFN:J\xf6rg\nEND:VCARD\n".to_vec();
    check(&card, &["1 Jörg|-|lead||"]);
}

#[test]
fn damaged_utf_8_is_refused_with_its_place() {
    let sequences: [&[u8]; 11] = [
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
        b"\xe9",
    ];
    for bytes in sequences {
        let hint = "is not UTF-8, as the rest is; mend it, or name the encoding with --encoding";
        let file = [b"name\nZo\xc3\xab ", bytes, b"\n"].concat();
        check_refused(&file, &format!("line 2: column 5: the byte 0x{:02x} {hint}", bytes[0]));
    }
}

#[test]
fn words_that_are_no_status_are_kept_and_said() {
    let file = "Email,Name,Status\nlars@h.example,Lars,enabled\nida@h.example,Ida,Client\nbo@h.example,Bo,enabled\n";
    check(
        file,
        &["2 Lars|lars@h.example|lead||Status: enabled", "3 Ida|ida@h.example|client||", "4 Bo|bo@h.example|lead||Status: enabled"],
    );
    check_notes(file, &["no status here, kept in the notes of 2 contacts: enabled (there are: lead, client, former)"]);
}

#[test]
fn columns_of_one_name_are_both_kept() {
    check(
        "Stage,Name,Stage,Email,E-mail\none,Ana,two,a@a.example,b@b.example\n",
        &["2 Ana|a@a.example|lead||E-mail: b@b.example\nStage: one\nStage: two"],
    );
}

#[test]
fn marks_at_the_edges_fall_off_and_guarded_cells_lose_their_mark() {
    check(
        "Name,Email,Phone\n\u{200e}'t Hart,\u{feff}h@h.example\u{200b},\u{202a}+1 555 0110\u{202c}\nBo,,'+1 555\n",
        &["2 't Hart|h@h.example|lead|||+1 555 0110", "3 Bo|-|lead|||+1 555"],
    );
}

#[test]
fn headers_are_words_whatever_stands_between_them() {
    for headers in ["display_name,user_email", "Display Name,User E-Mail", "displayName,userEmail", "DISPLAY-NAME,USER.EMAIL"] {
        check(format!("{headers}\nSun Yi,sun@yi.example\n"), &["2 Sun Yi|sun@yi.example|lead||"]);
    }
}

#[test]
fn outlook_speaks_the_languages_of_europe() {
    let headers = [
        "Vorname;Nachname;Firma;E-Mail-Adresse;Kategorien;Notizen",
        "Prénom;Nom;Société;Adresse de messagerie;Catégories;Notes",
        "Nombre;Apellidos;Organización;Dirección de correo electrónico;Categorías;Notas",
        "Nome;Cognome;Società;Indirizzo posta elettronica;Categorie;Note",
        "Voornaam;Achternaam;Bedrijf;E-mailadres;Categorieën;Notities",
        "Nome;Sobrenome;Empresa;Endereço de email;Categorias;Notas",
        "Imię;Nazwisko;Firma;Adres e-mail;Kategorie;Uwagi",
        "Förnamn;Efternamn;Företag;E-postadress;Kategorier;Anteckningar",
        "Fornavn;Efternavn;Firma;Mailadresse;Kategorier;Noter",
        "Fornavn;Etternavn;Firma;E-postadresse;Kategorier;Notater",
        "Etunimi;Sukunimi;Yritys;Sähköpostiosoite;Luokat;Muistiinpanot",
        "Jméno;Příjmení;Společnost;E-mailová adresa;Kategorie;Poznámky",
        "Utónév;Vezetéknév;Cég;E-mail cím;Kategóriák;Megjegyzések",
    ];
    for headers in headers {
        check(
            format!("{headers}\nJo;Lind;Acme;jo@acme.example;vip;likes tea\n"),
            &["2 Jo Lind|jo@acme.example|lead|vip|likes tea\nCompany: Acme"],
        );
    }
}

#[test]
fn outlook_keeps_titles_further_addresses_and_categories_and_drops_dates_that_are_none() {
    let file = "Title,First Name,Last Name,Job Title,E-mail Address,E-mail Type,E-mail 2 Address,Categories,Birthday,Anniversary\n\
                Dr.,Mina,Oko,Dentist,mina@o.example,SMTP,office@o.example,Client;Retainer,0/0/00,0000-00-00 00:00:00\n";
    check(file, &["2 Dr. Mina Oko|mina@o.example|lead|Client+Retainer|E-mail: office@o.example\nJob title: Dentist"]);
    check_notes(file, &["left out: E-mail Type"]);
    check("Anrede;Vorname;Nachname\nFrau;Heike;Brandt\n", &["2 Heike Brandt|-|lead||Anrede: Frau"]);
    check("Name,Title\nMina,Dentist\n", &["2 Mina|-|lead||Job title: Dentist"]);
}

#[test]
fn a_column_of_addresses_has_addresses_whatever_it_is_called() {
    check("Ad Soyad,Eposta,Id\nTarik,tarik@d.example,7\nMina,,8\n", &["2 tarik@d.example|tarik@d.example|lead||Ad Soyad: Tarik\nId: 7"]);
    check("Name,Primary Email,Backup\nTarik,t@d.example,t2@d.example\n", &["2 Tarik|t@d.example|lead||E-mail: t2@d.example"]);
    let owned = "Name,Email,Owner\nTarik,,boss@d.example\nMina,m@d.example,boss@d.example\n";
    check(owned, &["2 Tarik|-|lead||Owner: boss@d.example", "3 Mina|m@d.example|lead||Owner: boss@d.example"]);
    check("Name,Remark\nTarik,t@d.example\nMina,none\n", &["2 Tarik|-|lead||Remark: t@d.example", "3 Mina|-|lead||Remark: none"]);
}

#[test]
fn columns_are_named_by_hand_and_wrong_names_are_said() {
    let file = "Ad,Eposta\nTarik,tarik@d.example\n";
    let found = |mappings: &[&str]| {
        let mappings: Vec<Mapping> = mappings.iter().map(|it| it.parse().unwrap()).collect();
        try_read(file.as_bytes(), &mappings).map(|it| records(it)[0].1.name.clone())
    };
    assert_eq!(found(&["Name=Ad", "E-mail=eposta"]).unwrap(), "Tarik");
    assert_eq!(found(&["Name=Soyad"]).unwrap_err(), "line 1: --column: no column `Soyad`; there are: Ad, Eposta; nothing was imported");
    assert_eq!(found(&["Name=Ad", "E-mail=ad"]).unwrap_err(), "line 1: --column: `ad` is named twice; nothing was imported");
    assert_eq!(found(&["Shoe=Ad"]).unwrap_err(), "line 1: --column: no field `Shoe`; nothing was imported");
    assert!("Name".parse::<Mapping>().unwrap_err().contains("is not FIELD=HEADER"));
}

#[test]
fn what_stands_before_the_headers_is_skipped_and_said() {
    let file = "Notes:\n\"Some addresses, as you may notice, are missing.\"\n\nFirst Name,Last Name,URL,Email Address,Company\n\
                Ana,Ruiz,https://x.example,ana@a.example,Acme\n";
    check(file, &["5 Ana Ruiz|ana@a.example|lead||Company: Acme\nWebsite: https://x.example"]);
    check_notes(file, &["the headers stand on line 4; what is before them was skipped"]);
}

#[test]
fn programs_of_shops_and_mail_are_read() {
    // WooCommerce: the name on the bill is no second name.
    check(
        "customer_id,first_name,last_name,billing_first_name,billing_last_name,billing_email,billing_phone\n7,Ana,Ruiz,Ana,Ruiz,ana@a.example,1\n",
        &["2 Ana Ruiz|ana@a.example|lead||customer_id: 7|1"],
    );
    // Yahoo.
    check(
        "First,Middle,Last,Nickname,Email,Category,Alternate Email 1,Comments\nAna,,Ruiz,,ana@a.example,vip,b@a.example,tea\n",
        &["2 Ana Ruiz|ana@a.example|lead|vip|tea\nE-mail: b@a.example"],
    );
    // Mailchimp.
    check(
        "Email Address,First Name,Last Name,TAGS\nnora@q.example,Nora,Quill,\"\"\"vip\"\",\"\"store owner\"\"\"\n",
        &["2 Nora Quill|nora@q.example|lead|vip+store owner|"],
    );
    // Thunderbird, with its last comma.
    check(
        "First Name,Last Name,Display Name,Primary Email,Secondary Email,Work Phone,\nTarik,Demir,Tarik Demir,t@d.example,t2@d.example,5,\n",
        &["2 Tarik Demir|t@d.example|lead||E-mail: t2@d.example|5"],
    );
    // A list of mailboxes.
    check("Name,Email\n,Finn Aas <finn@aas.example>\n", &["2 Finn Aas|finn@aas.example|lead||"]);
}

#[test]
fn the_first_phone_is_the_contacts_whatever_its_column_is_called() {
    // Outlook, in whose headers it says whose phone it is: an assistant's and a fax are none of the contact.
    check(
        "First Name,Assistant's Phone,Business Fax,Business Phone,Business Phone 2,Home Phone,Mobile Phone,Company Main Phone\nMina,1,2,3,4,5,6,7\n",
        &[
            "2 Mina|-|lead||Assistant's Phone: 1\nBusiness Fax: 2\nBusiness Phone 2: 4\nHome Phone: 5\nMobile Phone: 6\nCompany Main Phone: 7|3",
        ],
    );
    check("Name,Mobile Phone\nMina,3\n", &["2 Mina|-|lead|||3"]);
    let phones = [
        "Work Phone",
        "Home Phone",
        "Cell",
        "Telephone",
        "Telefon geschäftlich",
        "Telefon privat 2",
        "Handy",
        "Tel. dienstlich",
        "Téléphone mobile",
        "Téléphone (bureau)",
        "Téléphone 2 (domicile)",
        "Portable",
        "Teléfono móvil",
        "Teléfono del trabajo",
        "Móvil",
        "Cellulare",
        "Telefono ufficio 2",
        "Numero di telefono",
        "Mobiele telefoon",
        "Telefoon op werk",
        "Telefoonnummer",
        "Telemóvel",
        "Telefone celular",
        "Telefon komórkowy",
        "Telefon służbowy",
        "Telefon (arbete)",
        "Arbejdstelefon",
        "Telefon (arbeid)",
        "Matkapuhelin",
        "Työpuhelin",
        "Mobilní telefon",
        "Telefonní číslo",
        "Telefonszám",
        "Hivatali telefon",
    ];
    for phone in phones {
        check(format!("Name;{phone}\nAna;555 1\n"), &["2 Ana|-|lead|||555 1"]);
    }
    for other in ["Business Fax", "Fax professionnel", "Phone consent", "Pager", "Telefon des Assistenten"] {
        check(format!("Name;{other}\nAna;555 1\n"), &[&format!("2 Ana|-|lead||{other}: 555 1")]);
    }
}

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//x//EN\r\nN:Ruiz;Ana;;Dr.;\r\nFN:Ana\r\n  Ruiz\r\nitem1.EMAIL;TYPE=INTERNET:old@acme.example\r\n\
    EMAIL;TYPE=INTERNET,pref:ana@acme.example\r\nTEL;TYPE=CELL:+46 70 1\r\nitem2.TEL:+46 70 2\r\nitem2.X-ABLabel:_$!<Studio>!$_\r\n\
    ORG:Acme;Design\r\nTITLE:Owner\r\nADR;TYPE=WORK:;;Storgatan 1;Lund;;222 22;Sweden\r\nURL:https://acme.example\r\nBDAY:1980-04-01\r\n\
    NOTE:Likes tea\\, cake\\; and\\nmusic\r\nCATEGORIES:vip,press\r\nX-SHOE:38\r\nEND:VCARD\r\n";

#[test]
fn a_vcard_is_read_with_everything_it_says() {
    let notes = "Likes tea, cake; and\nmusic\nE-mail: old@acme.example\nCompany: Acme, Design\nPhone (Studio): +46 70 2\n\
                 Job title: Owner\nAddress (work): Storgatan 1, Lund, 222 22, Sweden\nWebsite: https://acme.example\nBirthday: 1980-04-01\nX-SHOE: 38\nN: Dr.|+46 70 1";
    check(CARD, &[&format!("1 Ana Ruiz|ana@acme.example|lead|vip+press|{notes}")]);
    check_notes(CARD, &["kept in the notes of each contact, for want of a field: X-SHOE", "left out: PRODID"]);
}

#[test]
fn several_vcards_of_version_4_are_read_by_preference() {
    check(
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nEMAIL;PREF=2:b@a.example\nEMAIL;PREF=1:a@a.example\nTEL;VALUE=uri;TYPE=\"cell\":tel:+46-70-1\nBDAY:--0401\nEND:VCARD\n\n\
         begin:vcard\nVERSION:4.0\nN:Lund;Tove;;;\nFN:\nend:vcard\n",
        &["1 Ana|a@a.example|lead||E-mail: b@a.example\nBirthday: --0401|+46-70-1", "10 Tove Lund|-|lead||"],
    );
}

#[test]
fn the_number_to_call_is_the_first_that_is_one_and_no_fax() {
    check(
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nTEL;TYPE=fax:1\nTEL:2\nTEL;PREF=1:tel:+46-70;ext=3\nEND:VCARD\n",
        &["1 Ana|-|lead||Phone (fax): 1\nPhone: 2|+46-70;ext=3"],
    );
    check(
        "name,phone\nAna,ask Bo ::: 000-000-000\nBo,after five\n",
        &["2 Ana|-|lead||Phone: ask Bo|000-000-000", "3 Bo|-|lead||Phone: after five"],
    );
}

#[test]
fn vcards_of_version_2_1_are_read() {
    let card = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=52=C5=AF=C5=BE;=4A=69=C5=99=C3=AD;;;\r\n\
                FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=69=C5=99=C3=AD=20=52=\r\n=C5=AF=C5=BE\r\nTEL;CELL:5550111\r\n\
                EMAIL;INTERNET;HOME:jiri@ruz.example\r\nADR;HOME;CHARSET=windows-1250;QUOTED-PRINTABLE:;;U=9Een=E1 1;Brno;;;\r\n\
                PHOTO;ENCODING=BASE64;JPEG:AAAA\r\nBBBB==\r\n\r\nNOTE:C:\\new\r\n and more\r\nEND:VCARD\r\n";
    check(card, &["1 Jiří Růž|jiri@ruz.example|lead||C:\\new and more\nAddress (home): Užená 1, Brno|5550111"]);
    check_notes(card, &["left out: PHOTO"]);
}

#[test]
fn blank_lines_inside_a_card_are_nothing_and_folds_go_on_after_them() {
    let card = "BEGIN:VCARD\r\n\r\nVERSION:3.0\r\n\r\nFN:Ola Kim\r\n\r\nNOTE:one that is f\r\n\r\n olded\r\n\r\nEND:VCARD\r\n";
    check(card, &["1 Ola Kim|-|lead||one that is folded"]);
}

#[test]
fn groups_are_labels_of_their_members() {
    let lena = "BEGIN:VCARD\nVERSION:3.0\nFN:Lena\nUID:AAAA\nEMAIL:lena@moss.example\nEND:VCARD\n";
    let apple =
        "BEGIN:VCARD\nVERSION:3.0\nFN:Clients\nX-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:aaaa\nEND:VCARD\n";
    let four = "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Press\nMEMBER:mailto:lena@moss.example\nMEMBER:urn:uuid:bbbb\nEND:VCARD\n";
    let file = [apple, lena, four].concat();
    check(&file, &["7 Lena|lena@moss.example|lead|Clients+Press|"]);
    check_notes(&file, &["groups are labels of their members: Clients, Press", "1 member of groups not in the file", "left out: UID"]);
}

#[test]
fn broken_cards_are_named_each_with_its_line_and_the_others_are_read() {
    let good = "BEGIN:VCARD\nFN:Good\nEND:VCARD\n";
    let check = |file: &str, expected: &[&str]| check_faults(file, expected);
    check("BEGIN:VCARD\nVERSION:3.0\nFN:Ana\n", &["line 1: this card never ends; the file is cut off"]);
    check("BEGIN:VCARD\nFN:Ana\nBEGIN:VCARD\nFN:Bo\nEND:VCARD\n", &["line 1: this card has no end before line 3, where another begins"]);
    check(&format!("{good}hello\n{good}"), &["line 4: `hello` stands outside a card"]);
    check("BEGIN:VCARD\nFN:Ana\nhello\nEND:VCARD\n", &["line 3: a line of a card without a colon: `hello`"]);
    let bad = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nEMAIL:ana\nEND:VCARD\n";
    check(
        &[bad, good, bad].concat(),
        &["line 4: column EMAIL: `ana` is not an e-mail address", "line 12: column EMAIL: `ana` is not an e-mail address"],
    );
}

/// Reads and lays out whatever comes: it is taken or refused with a line, and never worse.
fn check_sound(file: &[u8]) {
    match try_read(file, &[]) {
        Err(sentence) => assert!(sentence.starts_with("line "), "{sentence}"),
        Ok(found) => {
            for (line, it) in records(found) {
                assert!(line > 0 && !it.name.is_empty(), "{line} {it:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_sound(&bytes);
        check_sound(&[b"name,email\n", &bytes[..]].concat());
        check_sound(&[b"BEGIN:VCARD\r\n", &bytes[..], b"\r\nEND:VCARD"].concat());
    }

    #[test]
    fn no_lines_break_the_reader_of_cards(
        lines in prop::collection::vec(
            "BEGIN:VCARD|END:VCARD|VERSION:[234]\\.[01]|(item1\\.)?(FN|N|EMAIL|TEL|ORG|NOTE|CATEGORIES|BDAY|UID|MEMBER|KIND|X-ABLABEL|PHOTO)\
             (;(TYPE=|CHARSET=|ENCODING=|PREF=)?(QUOTED-PRINTABLE|BASE64|utf-8|\"a;:b\"|1|pref))*:(=[0-9A-F]{2}|[a-zé;,:@=\\\\.\"\u{202e} ]){0,12}=?|[ \t]?[a-z=:é]{0,8}",
            0..30,
        ),
        end in prop::sample::select(vec!["\n", "\r\n", "\r", "\r\r\n"]),
    ) {
        check_sound(["BEGIN:VCARD".to_owned()].iter().chain(&lines).cloned().collect::<Vec<_>>().join(end).as_bytes());
    }

    #[test]
    fn no_cells_break_the_reader_of_tables(
        headers in prop::collection::vec("Name|E-mail [0-9]|Labels|Notes|Status|Phone 1 - (Value|Type)|[a-z\"=;,]{0,6}", 1..6),
        rows in prop::collection::vec("([a-zé@.'=+;\"\u{202e}-]{0,8}[,;\t\n]){0,12}", 0..8),
    ) {
        check_sound(format!("{}\n{}", headers.join(","), rows.join("\n")).as_bytes());
    }
}
