//! The words of the command line: several at once, days, filters, formats, help.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod home;

use home::Home;

const KAI: &str = "kai@x.example";
const BO: &str = "bo@x.example";

/// Two sites with an app, and two people.
fn agency() -> Home {
    let home = Home::empty();
    home.check(&["init", "--name", "Northlight", "--owner", "dana@agency.example"], "", 0);
    for site in ["alder", "birch", "cedar"] {
        home.check(&["site", "add", site, "--key", site, "--install", "Wix Blog"], "", 0);
    }
    home.check(&["person", "add", KAI, "--name", "Kai Aas"], "", 0);
    home.check(&["person", "add", BO, "--name", "Bo Berg"], "", 0);
    home
}

fn held(home: &Home, person: &str) -> Vec<String> {
    let answer = home.run(&["assignment", "list", "--person", person, "--columns", "role,scope", "--format", "csv"]);
    let text = String::from_utf8(answer.stdout).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_role_goes_to_several_people_and_places_as_one_entry_and_comes_back_as_one() {
    let home = agency();
    let before = home.entries();
    home.check(&["assign", "kai@x.example,bo@x.example", "blog-editor", "--site", "alder", "--site", "birch"], "4 steps: gave", 0);
    assert_eq!((home.entries(), held(&home, KAI).len(), held(&home, BO).len()), (before + 1, 2, 2));
    home.check(&["undo"], "", 0);
    assert_eq!(held(&home, KAI).len(), 0);
    home.check(&["redo"], "", 0);
    let preview = home.check(&["unassign", "kai@x.example,bo@x.example", "blog-editor", "--site=alder,birch", "--dry-run"], "lose", 0);
    assert_eq!(preview.matches("took blog-editor").count(), 4, "{preview}");
    home.check(&["unassign", KAI, "blog-editor", "--site", "alder", "--site", "birch"], "2 steps: took", 0);
    assert_eq!((held(&home, KAI).len(), held(&home, BO).len()), (0, 2));
    home.check(&["assign", KAI, "blog-editor,blog-writer", "--site", "alder", "--folder", "none"], "", 2);
}

#[test]
fn what_is_held_already_is_left_and_told_and_nothing_at_all_is_refused() {
    let home = agency();
    home.check(&["assign", KAI, "blog-editor", "--site", "alder"], "gave", 0);
    let both = home.run(&["assign", KAI, "blog-editor", "--site", "alder", "--site", "birch"]);
    assert!(String::from_utf8_lossy(&both.stderr).contains("left as it is: kai@x.example has blog-editor (site alder)"));
    assert_eq!(held(&home, KAI).len(), 2);
    let taken = home.run(&["unassign", KAI, "blog-editor", "--site", "alder", "--site", "cedar"]);
    assert!(String::from_utf8_lossy(&taken.stderr).contains("left as it is: kai@x.example has no blog-editor (site cedar)"));
    assert_eq!(held(&home, KAI), ["blog-editor,site birch"]);
    home.refused(&["unassign", KAI, "blog-editor", "--site", "alder", "--site", "cedar"], "kai@x.example", 2);
}

#[test]
fn people_are_removed_from_several_sites_at_once() {
    let home = agency();
    home.check(&["assign", "kai@x.example,bo@x.example", "blog-editor", "--site", "alder,birch"], "", 0);
    home.check(&["expel", "kai@x.example,bo@x.example", "--site", "alder", "--site", "birch"], "4 steps: removed", 0);
    assert_eq!((held(&home, KAI).len(), held(&home, BO).len()), (0, 0));
}

#[test]
fn one_person_gets_what_another_holds() {
    let home = agency();
    home.check(&["assign", KAI, "blog-editor", "--site", "alder", "--until", "2031-01-31"], "", 0);
    home.check(&["assign", KAI, "website-manager", "--everywhere"], "", 0);
    home.check(&["assign", BO, "blog-writer", "--site", "birch"], "", 0);
    let tried = home.run(&["assign", BO, "--like", KAI, "--dry-run"]);
    assert!(String::from_utf8_lossy(&tried.stdout).contains("gave website-manager: bo@x.example, team level, everywhere"));
    assert!(String::from_utf8_lossy(&tried.stderr).contains("bo@x.example keeps, unlike kai@x.example, blog-writer (site birch)"));
    home.check(&["assign", BO, "--like", KAI], "2 steps: gave", 0);
    home.check(&["assignment", "list", "--person", BO, "--filter", "role:blog-editor"], "2031-01-31", 0);
    assert_eq!(held(&home, BO).len(), 3);
    home.refused(&["assign", KAI, "--like", KAI], "cannot become like themselves", 2);
    home.refused(&["assign", KAI, "--like", "dana@agency.example"], "holds no role", 2);
}

#[test]
fn a_range_of_entries_is_taken_back_as_one_and_done_again() {
    let home = agency();
    let first = home.entries() + 1;
    for site in ["alder", "birch", "cedar"] {
        home.check(&["assign", KAI, "blog-editor", "--site", site], "", 0);
    }
    let range = format!("{first}..{}", first + 2);
    home.check(&["undo", &range, "--dry-run"], "took blog-editor: kai@x.example, site level, site cedar", 0);
    home.check(&["undo", &range], "3 steps: took back", 0);
    assert_eq!((held(&home, KAI).len(), home.entries()), (0, first + 3));
    home.refused(&["undo", &first.to_string()], &format!("entry {} took it back already", first + 3), 3);
    home.check(&["redo"], "did again: gave blog-editor", 0);
    assert_eq!(held(&home, KAI).len(), 3);
    home.check(&["unassign", KAI, "blog-editor", "--site", "birch"], "", 0);
    home.refused(&["undo", &range], &format!("rolecall undo {}", first + 5), 3);
    home.refused(&["undo", "2..x"], "150..302", 2);
}

#[test]
fn a_day_counts_in_and_the_receipt_names_its_last_instant() {
    let home = agency();
    home.check(&["team", "edit", "--zone", "Europe/Berlin"], "", 0);
    home.refused(&["team", "edit", "--zone", "Berlin"], "did you mean `Europe/Berlin`?", 2);
    home.check(&["assign", KAI, "blog-editor", "--site", "alder", "--until", "31.01.2031"], "until 2031-01-31 24:00 Europe/Berlin", 0);
    let can = ["can", KAI, "blog.posts.publish_all", "alder", "--at"];
    home.check(&[&can[..], &["2031-01-31"]].concat(), "yes", 0);
    home.check(&[&can[..], &["2031-01-31T23:59"]].concat(), "yes", 0);
    home.check(&[&can[..], &["2031-01-31T23:00Z"]].concat(), "expired", 1);
    home.check(&[&can[..], &["1 Feb 2031"]].concat(), "expired", 1);
    home.check(&["assignment", "list", "--filter", "until:2031-01-31"], "2031-01-31", 0);
    home.check(&["assignment", "list", "--format", "json"], "\"until\":\"2031-01-31T23:00:00.000000Z\"", 0);
    home.check(&["why", KAI, "blog.posts.publish_all", "alder", "--format", "json"], "\"until\":\"2031-01-31T23:00:00.000000Z\"", 0);
    home.refused(&["assign", KAI, "blog-editor", "--site", "alder", "--until", "01/02/2031"], "write 2031-02-01 or 2031-01-02", 2);
    for days in ["website-manager=4294967295", "website-manager=0"] {
        home.refused(&["team", "edit", "--ends-after", days], "from 1 to 36525", 2);
    }
    home.refused(&["team", "edit", "--seats", "4294967295"], "from 0 to 1000000", 2);
}

#[test]
fn lists_are_filtered_by_everything_on_the_row_and_sorted_as_they_are_filtered() {
    let home = agency();
    for (name, status, label) in
        [("Zora", "lead", "vip"), ("Łucja", "client", "role model"), ("Eva", "lead", ""), ("Élise", "former", ""), ("Eleni", "lead", "")]
    {
        home.check(&["contact", "add", name, "--status", status, "--label", label], "", 0);
    }
    let names = |args: &[&str], code: i32| {
        let text = home.check(&[&["contact", "list", "--columns", "name", "--format", "csv"], args].concat(), "", code);
        text.lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&[], 0), "Eleni Élise Eva Łucja Zora");
    assert_eq!(names(&["--sort=-name", "--limit", "2"], 0), "Zora Łucja");
    assert_eq!(names(&["--filter", "lucja"], 0), "Łucja");
    assert_eq!(names(&["--filter", "status:lead !eva"], 0), "Eleni Zora");
    assert_eq!(names(&["--filter", "label:\"role model\""], 0), "Łucja");
    assert_eq!(names(&["--filter", "elise former"], 0), "Élise");
    assert_eq!(names(&["--filter", "nobody"], 1), "");
    home.refused(&["contact", "list", "--filter", "role:x"], "no field `role` here", 2);
    home.refused(&["contact", "list", "--sort", "nmae"], "did you mean `name`?", 2);
    home.check(&["assign", KAI, "blog-editor", "--site", "alder"], "", 0);
    home.check(&["person", "list", "--filter", "role:\"blog editor\" until:never"], KAI, 0);
    home.check(&["person", "list", "--filter", "role:blog !kai"], "", 1);
    home.check(&["site", "list", "--filter", "owner:dana app:blog platform:wix alder"], "alder", 0);
    assert_eq!(
        home.check(&["site", "list", "--columns", "key,owner", "--format", "json", "--limit", "1"], "", 0),
        "[{\"key\":\"alder\",\"owner\":\"dana@agency.example\"}]\n"
    );
}

#[test]
fn every_list_knows_the_same_options() {
    let home = agency();
    home.check(&["assign", KAI, "blog-editor", "--site", "alder", "--until", "14d"], "", 0);
    let lists: [&[&str]; 14] = [
        &["contact", "list"],
        &["person", "list"],
        &["person", "list", "--site", "alder"],
        &["site", "list"],
        &["folder", "list"],
        &["role", "list"],
        &["permission", "list"],
        &["assignment", "list"],
        &["invite", "list"],
        &["team", "list"],
        &["who-can", "editor.site.publish"],
        &["what-can", KAI],
        &["journal"],
        &["timeline", KAI],
    ];
    for list in lists {
        let answer = home.run(&[list, &["--filter", "zzzz", "--limit", "3"]].concat());
        assert_eq!(answer.status.code(), Some(1), "{list:?} {}", String::from_utf8_lossy(&answer.stderr));
        home.refused(&[list, &["--sort", "zzzz"]].concat(), "there are: ", 2);
        home.refused(&[list, &["--columns", "zzzz"]].concat(), "there are: ", 2);
    }
    home.check(&["matrix", "roles", "--filter", "publish !blog", "--columns", "permission,Website Manager"], "editor.site.publish", 0);
    home.check(&["due", "--within", "3w", "--filter", "kai"], KAI, 1);
    home.check(&["due", "--within", "3w", "--filter", "nobody"], "", 0);
    home.check(&["journal", "--filter", "blog-editor", "--columns", "summary", "--format", "csv"], "gave blog-editor to kai@x.example", 0);
}

#[test]
fn every_answer_knows_every_format() {
    let home = agency();
    home.check(&["assign", KAI, "blog-editor", "--site", "alder"], "", 0);
    let check = |args: &[&str], header: &str, code: i32| {
        home.check(&[args, &["--format", "csv"]].concat(), header, code);
        home.check(&[args, &["--format", "md"]].concat(), "| --- |", code);
    };
    check(&["why", KAI, "blog.posts.publish_all", "alder"], "allowed,person,permission,site,layer,how,chain,commands\nyes,", 0);
    check(&["why", KAI, "blog.posts.publish_all", "birch"], "no,", 1);
    check(&["role", "diff", "blog-editor", "blog-writer"], "a,is,b,permission,only,example\nblog-editor,wider,blog-writer,", 1);
    check(&["journal", "show", "2"], "entry,at,actor,change\n2,", 0);
    check(&["assign", KAI, "blog-editor", "--site", "birch", "--dry-run"], "kind,what,people,sites\nchange,", 0);
    check(&["permission", "show", "crm.contacts.delete"], "field,value\n", 0);
}

#[test]
fn a_nearer_role_says_what_it_takes_the_place_of() {
    let home = agency();
    home.check(&["assign", KAI, "website-manager", "--everywhere"], "", 0);
    let told = "on birch it takes the place of website-manager (everywhere): kai@x.example loses ";
    home.check(&["assign", KAI, "blog-writer", "--site", "birch", "--level", "team"], told, 0);
}

#[test]
fn permissions_and_people_are_found_by_their_words() {
    let home = agency();
    home.refused(&["can", "dana@agency.example", "delete contacts", "alder"], "crm.contacts.delete (Remove contacts)", 2);
    home.refused(&["who-can", "delete contacts"], "crm.contacts.delete", 2);
    home.check(&["permission", "list", "--filter", "delete contact", "--columns", "id"], "crm.contacts.delete", 0);
    home.check(&["permission", "show", "Remove contacts"], "crm.contacts.delete", 0);
    home.check(&["can", "Kai Aas", "editor.site.publish", "alder"], "no  kai@x.example", 1);
    home.check(&["person", "add", "kai2@x.example", "--name", "Kai Aas"], "", 0);
    home.refused(&["person", "show", "Kai Aas"], "kai2@x.example", 2);
}

#[test]
fn help_knows_verbs_and_topics_and_shows_a_verbs_own_options_first() {
    let home = Home::empty();
    let help = home.check(&["help", "assign"], "--like <PERSON>", 0);
    assert!(
        help.find("--like").unwrap() < help.find("For every verb").unwrap()
            && help.find("For every verb").unwrap() < help.find("--db").unwrap()
    );
    home.check(&["help", "role", "grant"], "Switches permissions on", 0);
    home.check(&["help", "times"], "2027-01-31 24:00", 0);
    home.check(&["help"], "who-can", 0);
    home.refused(&["help", "asign"], "did you mean `assign`?", 2);
    home.refused(&["--format", "json", "site", "list", "--format", "csv"], "'--format' is given more than once", 2);
}
