//! The catalogs that ship with the program, and what a broken one is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rolecall::domain::access::Ground;
use rolecall::domain::builtin;
use rolecall::domain::catalog::{Catalog, CatalogData, Side};
use rolecall::domain::ids::{AssignmentId, PersonId, RoleId, SiteId};
use rolecall::domain::perm_set::PermSet;
use rolecall::domain::policy::Policy;
use rolecall::domain::ripple::{Cause, Effect, Toggle};
use rolecall::domain::things::{Assignment, Host, Level, Role, RoleLevel, Scope, Site, SiteStatus};
use serde_json::{Value, json};

/// The files in a folder of the repository and in its folders, by name.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let (inner, here) = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).partition(|it: &PathBuf| it.is_dir());
        folders.extend::<Vec<PathBuf>>(inner);
        files.extend::<Vec<PathBuf>>(here);
    }
    files.sort();
    files
}

fn shipped(profile: Option<&str>) -> Vec<Catalog> {
    let read = |it: PathBuf| {
        let text = fs::read_to_string(&it).unwrap();
        let profile = profile.filter(|name| text.contains(&format!("[profiles.{name}.")));
        Catalog::parse(&it.display().to_string(), &text, profile).unwrap()
    };
    files("assets/catalogs").into_iter().map(read).collect()
}

fn catalog(platform: &str) -> Catalog {
    shipped(None).into_iter().find(|it| it.platform == platform).unwrap()
}

// ---------------------------------------------------------------------------------------
// What ships.

/// Without what is understood where nothing is said.
fn spoken(it: Value) -> Value {
    let says = |it: &Value| ![json!(null), json!(false), json!(""), json!("none"), json!([]), json!({})].contains(it);
    match it {
        Value::Object(fields) => fields.into_iter().map(|(name, it)| (name, spoken(it))).filter(|it| says(&it.1)).collect(),
        Value::Array(items) => items.into_iter().map(spoken).collect(),
        other => other,
    }
}

/// `UPDATE_COMPACT=1 cargo test --test catalogs` writes them anew.
#[test]
fn the_form_that_is_quick_to_read_says_the_same() {
    for platform in builtin::platforms() {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/catalogs/{platform}.toml"))).unwrap();
        let data: CatalogData = toml::from_str(&text).unwrap();
        let compact = spoken(serde_json::to_value(&data).unwrap()).to_string() + "\n";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/compact/{platform}.json"));
        if std::env::var_os("UPDATE_COMPACT").is_some() {
            fs::write(&path, &compact).unwrap();
        }
        assert_eq!(fs::read_to_string(path).unwrap(), compact, "{platform}");
        assert_eq!(serde_json::from_str::<CatalogData>(&compact).unwrap(), data);
    }
}

fn check_counts(platform: &str, permissions: usize, categories: usize, requirements: usize, roles: usize) {
    let catalog = catalog(platform);
    let edges: usize = catalog.ids().map(|id| catalog.get(id).requires.len()).sum();
    assert_eq!((catalog.len(), catalog.categories.len(), edges, catalog.roles.len()), (permissions, categories, requirements, roles));
}

fn check_ceiling(platform: &str, profile: &str, site: usize, team: usize) {
    let ceiling = catalog(platform).ceilings[profile];
    assert_eq!((ceiling.site.len(), ceiling.team.len()), (site, team));
}

#[test]
fn wix_has_its_permissions_categories_requirements_and_roles() {
    check_counts("wix", 213, 34, 104, 32);
}

#[test]
fn wordpress_has_its_permissions_categories_requirements_and_roles() {
    check_counts("wordpress", 94, 11, 52, 6);
}

#[test]
fn the_strict_ceiling_of_wix_has_its_eighteen_entries_and_the_relaxed_one_fewer() {
    check_ceiling("wix", "strict", 18, 0);
    check_ceiling("wix", "relaxed", 12, 0);
}

#[test]
fn where_a_ceiling_has_two_profiles_relaxed_is_within_strict() {
    let both = shipped(None).into_iter().filter(|it| it.ceilings.contains_key("relaxed"));
    let (both, known): (Vec<_>, Vec<_>) = both.map(|it| (it.clone(), it.platform)).unzip();
    assert_eq!(known, ["wix", "wordpress-multisite", "wordpress"]);
    for it in both {
        let (relaxed, strict) = (it.ceilings["relaxed"], it.ceilings["strict"]);
        // A WordPress that stands alone has no site of a network that somebody could delete.
        let alone: &[&str] = if it.platform == "wordpress" { &["delete_site"] } else { &[] };
        for (relaxed, strict) in [(relaxed.site, strict.site), (relaxed.team, strict.team)] {
            let beyond = it.names(relaxed - strict);
            assert!(beyond.iter().all(|id| alone.contains(&id.as_str())), "{}: {beyond:?}", it.platform);
        }
    }
}

// ---------------------------------------------------------------------------------------
// WordPress, cell by cell, as its own tests have it.

/// The roles of a fresh installation, from the least to the most.
const LADDER: [&str; 5] = ["subscriber", "contributor", "author", "editor", "administrator"];

/// What one person can do on a WordPress site of the agency's with these apps, who holds the role at this level.
fn wordpress_access(profile: &str, apps: &[&str], role: &str, level: Level) -> BTreeSet<String> {
    let catalog = builtin::catalog("wordpress").unwrap();
    let (agency, person, id) = (PersonId(1), PersonId(2), RoleId(1));
    let mut policy = Policy::new("Northlight".to_owned(), agency, profile.to_owned(), vec![catalog.clone()]);
    policy.put_role(Role {
        id,
        key: role.to_owned(),
        name: role.to_owned(),
        about: String::new(),
        platform: "wordpress".to_owned(),
        level: RoleLevel::Both,
        builtin: true,
        permissions: BTreeSet::new(),
    });
    let site = Site {
        id: SiteId(1),
        key: "press".to_owned(),
        name: "Press".to_owned(),
        url: String::new(),
        platform: "wordpress".to_owned(),
        folder: None,
        owner: agency,
        host: Host::Owner,
        apps: apps.iter().map(|it| (*it).to_owned()).collect(),
        status: SiteStatus::Published,
        editor: None,
    };
    let scope = Scope::Site(site.id);
    let (since, until, review_on, reason, granted_by) = (None, None, None, None, None);
    let held = Assignment { id: AssignmentId(1), person, role: id, level, scope, since, until, review_on, reason, granted_by };
    let access = Ground::new(&policy, &site).unwrap().access(&policy, person, &[held], DateTime::<Utc>::UNIX_EPOCH);
    catalog.names(access).into_iter().collect()
}

/// Which of the five hold each capability: a table names the least of them, or nobody.
fn published_table(column: usize) -> BTreeMap<String, &'static [&'static str]> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wordpress-capabilities.csv")).unwrap();
    let read = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let least = LADDER.iter().position(|it| *it == cells[column]);
        assert!(least.is_some() || cells[column] == "nobody", "{line}");
        (cells[0].to_owned(), &LADDER[least.unwrap_or(LADDER.len())..])
    };
    text.lines().skip(1).map(read).collect()
}

/// Every cell of one published table, at both levels.
fn check_table(column: usize, profile: &str) {
    let table = published_table(column);
    for (role, level) in LADDER.into_iter().flat_map(|role| [(role, Level::Site), (role, Level::Team)]) {
        let expected: BTreeSet<String> = table.iter().filter(|(_, held)| held.contains(&role)).map(|(id, _)| id.clone()).collect();
        assert_eq!(wordpress_access(profile, &[], role, level), expected, "{role} at level {level:?} under {profile}");
    }
}

#[test]
fn wordpress_that_stands_alone_is_as_its_own_tests_have_it_in_every_cell() {
    check_table(1, "relaxed");
}

#[test]
fn wordpress_in_a_network_is_as_its_own_tests_have_it_in_every_cell_and_at_both_levels() {
    check_table(2, "strict");
}

#[test]
fn the_published_tables_of_wordpress_leave_out_only_what_hangs_on_the_server() {
    let catalog = catalog("wordpress");
    let known: BTreeSet<String> = catalog.names(catalog.everything()).into_iter().collect();
    let published: BTreeSet<String> = published_table(1).into_keys().collect();
    assert!(published.is_subset(&known));
    assert_eq!(known.difference(&published).collect::<Vec<_>>(), ["manage_links", "unfiltered_upload"]);
}

/// Who of the five holds a capability at site level, under both profiles, where the site has the app.
fn check_with_app(capability: &str, app: &str, alone: &[&str], network: &[&str]) {
    let holders = |profile, apps: &[&str]| {
        let holds = |role: &&str| wordpress_access(profile, apps, role, Level::Site).contains(capability);
        LADDER.into_iter().filter(holds).collect::<Vec<_>>()
    };
    let nobody: Vec<&str> = Vec::new();
    assert_eq!((holders("relaxed", &[]), holders("strict", &[])), (nobody.clone(), nobody), "{capability}");
    assert_eq!((holders("relaxed", &[app]), holders("strict", &[app])), (alone.to_vec(), network.to_vec()), "{capability}");
}

#[test]
fn the_link_list_of_wordpress_needs_its_plugin() {
    check_with_app("manage_links", "Link Manager", &["editor", "administrator"], &["editor", "administrator"]);
}

#[test]
fn uploads_of_any_type_need_the_servers_word_and_in_a_network_the_super_admin() {
    check_with_app("unfiltered_upload", "Unfiltered uploads", &["administrator"], &[]);
}

#[test]
fn every_built_in_role_holds_what_its_permissions_require_in_both_readings() {
    for catalog in [None, Some("bullets")].into_iter().flat_map(shipped) {
        for role in &catalog.roles {
            let lacking = catalog.names(catalog.close(role.grants) - role.grants);
            assert!(lacking.is_empty(), "{} of {} lacks {lacking:?}", role.key, catalog.platform);
        }
    }
}

#[test]
fn every_permission_belongs_to_one_category_and_some_role_holds_it() {
    // Open only by a setting of the branch, and of the single member.
    let nobodys = [("gitlab", "repository.protected.force-push"), ("webflow", "site.publish")];
    for catalog in shipped(None) {
        let counted: usize = catalog.categories.iter().map(|it| it.members.len()).sum();
        let held = catalog.roles.iter().fold(PermSet::EMPTY, |held, it| held | it.grants);
        let nobodys = nobodys.iter().filter(|it| it.0 == catalog.platform).map(|it| it.1.to_owned()).collect();
        assert_eq!((counted, catalog.names(catalog.everything() - held)), (catalog.len(), nobodys), "{}", catalog.platform);
    }
}

#[test]
fn no_two_permissions_of_a_catalog_share_a_label() {
    for catalog in shipped(None) {
        for id in catalog.ids() {
            assert_eq!(catalog.lookup(&catalog.get(id).label), Some(id), "{}", catalog.get(id).label);
        }
    }
}

#[test]
fn a_catalog_written_as_json_is_read_back_the_same() {
    for file in files("assets/catalogs") {
        let data: CatalogData = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<CatalogData>(&serde_json::to_string(&data).unwrap()).unwrap(), data);
    }
}

#[test]
fn the_engine_names_no_platform() {
    for file in files("src/domain") {
        let text = fs::read_to_string(&file).unwrap().to_lowercase();
        let code = sources::without_tests(&text);
        // The list of catalogs itself is data, and so is which of them were first.
        let is_data =
            |it: &str| it.starts_with("pub const bare") || it.trim().trim_end_matches(',').trim_matches('"').len() + 3 == it.trim().len();
        let lines = code.lines().filter(|it| !it.trim_start().starts_with("//") && !is_data(it));
        let named: Vec<&str> = lines.filter(|it| it.contains("wix") || it.contains("wordpress")).collect();
        assert!(named.is_empty(), "{}: {named:?}", file.display());
    }
}

// ---------------------------------------------------------------------------------------
// What one toggle does to real roles.

/// `id: why`, one a line.
fn told(catalog: &Catalog, effects: &[Effect]) -> Vec<String> {
    let name = |id| catalog.get(id).id.as_str();
    let cause = |it: &Effect| match it.cause {
        Cause::Toggled => "toggled".to_owned(),
        Cause::RequiredBy(by) => format!("required by {}", name(by)),
        Cause::Requires(what) => format!("requires {}", name(what)),
        Cause::NeededOnlyBy(by) => format!("needed only by {}", name(by)),
    };
    effects.iter().map(|it| format!("{}: {}", name(it.id), cause(it))).collect()
}

fn check_grant(granted: &[&str], id: &str, expected: &[&str]) {
    let catalog = catalog("wix");
    let granted = granted.iter().map(|it| catalog.find(it).unwrap()).collect();
    let ripple = catalog.toggle(granted, catalog.find(id).unwrap(), Toggle::On);
    assert_eq!((told(&catalog, &ripple.added), ripple.removed), (expected.iter().map(|it| (*it).to_owned()).collect(), Vec::new()));
}

fn check_revoke(role: &str, id: &str, expected: &[&str]) {
    let catalog = catalog("wix");
    let ripple = catalog.toggle(catalog.role(role).unwrap().grants, catalog.find(id).unwrap(), Toggle::Off);
    assert_eq!((told(&catalog, &ripple.removed), ripple.added), (expected.iter().map(|it| (*it).to_owned()).collect(), Vec::new()));
}

const CONTACTS: &str = "crm.contacts.view";
const INBOX: &str = "crm.inbox.manage";

#[test]
fn granting_the_inbox_in_an_empty_role_brings_the_contacts() {
    check_grant(
        &[],
        INBOX,
        &[
            "crm.inbox.manage: toggled",
            "crm.contacts.view: required by crm.contacts.manage",
            "crm.contacts.manage: required by crm.inbox.manage",
        ],
    );
}

#[test]
fn granting_the_inbox_where_contacts_are_seen_brings_only_managing_them() {
    check_grant(&[CONTACTS], INBOX, &["crm.inbox.manage: toggled", "crm.contacts.manage: required by crm.inbox.manage"]);
}

#[test]
fn granting_what_is_implied_brings_nothing() {
    check_grant(&[INBOX], CONTACTS, &[]);
}

#[test]
fn revoking_contacts_from_the_website_manager_names_every_dependant_with_its_cause() {
    check_revoke(
        "website-manager",
        CONTACTS,
        &[
            "crm.contacts.view: toggled",
            "stores.orders.manage: requires crm.contacts.view",
            "crm.contacts.manage: requires crm.contacts.view",
            "crm.contacts.delete: requires crm.contacts.manage",
            "crm.contacts.merge: requires crm.contacts.manage",
            "crm.contacts.import: requires crm.contacts.manage",
            "crm.labels.manage: requires crm.contacts.view",
            "crm.segments.manage: requires crm.contacts.view",
            "crm.notes.manage: requires crm.contacts.view",
            "crm.assignees.manage: requires crm.contacts.manage",
            "crm.inbox.manage: requires crm.contacts.manage",
            "crm.chat.manage: requires crm.contacts.manage",
            "crm.workflows.manage: requires crm.contacts.view",
            "marketing.email_campaigns.manage: requires crm.contacts.view",
        ],
    );
}

#[test]
fn revoking_what_a_role_does_not_hold_removes_nothing() {
    check_revoke("domain-manager", CONTACTS, &[]);
}

// ---------------------------------------------------------------------------------------
// What a broken catalog is told.

/// A sound catalog; each test replaces one line of it, by number.
const SOUND: &str = include_str!("data/small.toml");

fn with_line(n: usize, line: &str) -> String {
    SOUND.lines().enumerate().map(|(at, old)| if at + 1 == n { line } else { old }).collect::<Vec<_>>().join("\n")
}

fn check_refused(text: &str, expected: &str) {
    assert_eq!(Catalog::parse("small.toml", text, None).err().as_deref(), Some(expected));
}

#[test]
fn the_sound_catalog_is_taken() {
    assert_eq!(Catalog::parse("small.toml", SOUND, None).map(|it| it.len()), Ok(3));
}

#[test]
fn a_permission_defined_twice() {
    check_refused(&with_line(16, r#"id = "orders.view""#), "small.toml line 16: the permission `orders.view` is defined twice");
}

#[test]
fn a_permission_defined_twice_after_the_roles() {
    let last = "[[permission]]\nid = \"posts.write\"\nlabel = \"Again\"\ncategory = \"posts\"\n";
    check_refused(&format!("{SOUND}{last}"), "small.toml line 32: the permission `posts.write` is defined twice");
}

#[test]
fn an_unknown_requirement_with_the_word_that_was_meant() {
    check_refused(
        &with_line(13, r#"requires = ["order.view"]"#),
        "small.toml line 13: `orders.manage` names the unknown permission `order.view`; did you mean `orders.view`?",
    );
}

#[test]
fn an_unknown_requirement_that_is_like_no_other() {
    check_refused(&with_line(13, r#"requires = ["x"]"#), "small.toml line 13: `orders.manage` names the unknown permission `x`");
}

#[test]
fn a_category_listed_twice() {
    check_refused(
        &with_line(2, "categories = [\n\"orders\",\n\"posts\",\n\"orders\"]"),
        "small.toml line 5: the category `orders` is listed twice",
    );
}

#[test]
fn an_app_listed_twice() {
    check_refused(&with_line(3, r#"apps = ["shop", "shop"]"#), "small.toml line 3: the app `shop` is listed twice");
}

#[test]
fn a_reading_that_the_catalog_does_not_have() {
    let read = |profile| Catalog::parse("small.toml", SOUND, Some(profile)).map(|it| it.len());
    assert_eq!(read("other"), Ok(3));
    assert_eq!(read("othr"), Err("small.toml line 29: no profile `othr`; did you mean `other`?".to_owned()));
    let told = |platform, profile| builtin::with_profile(platform, profile).map(|it| it.len()).map_err(|it| it.to_string());
    assert_eq!(told("wix", "table"), Ok(213));
    assert_eq!(told("wix", "bullets"), Ok(213));
    assert_eq!(told("wix", "bulets"), Err("no profile `bulets`; did you mean `bullets`?".to_owned()));
    assert_eq!(told("wordpress", "bullets"), Err("no profile `bullets`".to_owned()));
}

/// What the ceiling of collaborators is under a profile, where line 4 of the sound catalog defines these.
fn check_fallback(ceilings: &str, profile: &str, expected: &[&str]) {
    let catalog = Catalog::parse("small.toml", &with_line(4, ceilings), None).unwrap();
    assert_eq!(catalog.names(catalog.ceiling(profile).site), expected, "{ceilings} under {profile}");
}

#[test]
fn a_ceiling_profile_that_a_catalog_does_not_define_never_lets_more_through() {
    let strict = "ceilings.strict.site = [\"orders.manage\"]\nceilings.open.team = []";
    check_fallback(strict, "open", &[]);
    check_fallback(strict, "relaxed", &["orders.manage"]);
    let others = "ceilings.a.site = [\"orders.manage\"]\nceilings.b.site = [\"posts.write\"]";
    check_fallback(others, "a", &["orders.manage"]);
    check_fallback(others, "relaxed", &["orders.manage", "posts.write"]);
    check_fallback("", "relaxed", &[]);
}

#[test]
fn an_unknown_app() {
    check_refused(&with_line(14, r#"app = "forum""#), "small.toml line 14: `orders.manage` needs the unknown app `forum`");
}

#[test]
fn an_unknown_app_that_is_called_like_a_category() {
    check_refused(&with_line(14, r#"app = "posts""#), "small.toml line 14: `orders.manage` needs the unknown app `posts`");
}

#[test]
fn an_unknown_category() {
    check_refused(&with_line(18, r#"category = "pages""#), "small.toml line 18: `posts.write` is in the unknown category `pages`");
}

#[test]
fn an_unknown_category_that_is_called_like_an_app() {
    check_refused(&with_line(18, r#"category = "shop""#), "small.toml line 18: `posts.write` is in the unknown category `shop`");
}

#[test]
fn a_circle_of_requirements() {
    check_refused(
        &with_line(8, "category = \"orders\"\nrequires = [\"orders.manage\"]"),
        "small.toml line 6: requirements go in a circle: orders.view → orders.manage → orders.view",
    );
}

#[test]
fn a_permission_that_requires_itself() {
    check_refused(
        &with_line(18, "category = \"posts\"\nrequires = [\"posts.write\"]"),
        "small.toml line 16: requirements go in a circle: posts.write → posts.write",
    );
}

#[test]
fn a_circle_that_others_lead_into_is_printed_without_them() {
    let text = with_line(8, "category = \"orders\"\nrequires = [\"posts.write\"]");
    check_refused(
        &text.replace("category = \"posts\"", "category = \"posts\"\nrequires = [\"posts.write\"]"),
        "small.toml line 17: requirements go in a circle: posts.write → posts.write",
    );
}

#[test]
fn a_role_that_grants_an_unknown_permission() {
    check_refused(
        &with_line(28, r#"grants = ["posts.writ"]"#),
        "small.toml line 28: role `writer` names the unknown permission `posts.writ`; did you mean `posts.write`?",
    );
}

#[test]
fn a_role_that_holds_all_of_an_unknown_category() {
    check_refused(&with_line(23, r#"all = ["shop"]"#), "small.toml line 23: role `clerk` holds all of the unknown category `shop`");
}

#[test]
fn a_role_that_needs_an_unknown_app() {
    check_refused(&with_line(28, r#"app = "orders""#), "small.toml line 28: role `writer` needs the unknown app `orders`");
}

#[test]
fn a_role_instead_of_which_an_unknown_one_is_to_be_given() {
    check_refused(
        &with_line(28, "deprecated = true\ninstead = \"clrk\""),
        "small.toml line 29: `instead` of role `writer` names the unknown role `clrk`; did you mean `clerk`?",
    );
}

#[test]
fn every_shipped_template_gives_where_it_is_given_what_it_says_and_is_no_role_by_another_name() {
    for catalog in shipped(None) {
        let n = catalog.templates.len();
        assert!(n <= 12, "{}", catalog.platform);
        let strict = catalog.ceiling("strict");
        let mut known: Vec<PermSet> = catalog.roles.iter().map(|it| catalog.close(it.grants)).collect();
        for it in &catalog.templates {
            let (what, closed) = (format!("{} {}", catalog.platform, it.key), catalog.close(it.grants));
            for level in [Level::Site, Level::Team].into_iter().filter(|level| it.level.fits(*level)) {
                assert!(!closed.intersects(&strict.at(level)), "{what}: a ceiling keeps some of it");
            }
            assert!(!known.contains(&closed), "{what} gives what another one gives");
            assert!(it.when.starts_with("For ") && !it.when.ends_with('.'), "{what}");
            known.push(closed);
        }
    }
}

/// The sound catalog with a template before its first permission.
fn with_template(lines: &str) -> String {
    with_line(5, &format!("[[template]]\n{lines}\n[[permission]]"))
}

#[test]
fn a_template() {
    let sound = "name = \"Packer\"\nwhen = \"For whoever packs\"\npermissions = [\"orders.manage\"]";
    let catalog = Catalog::parse("small.toml", &with_template(&format!("{sound}\ndays = 90")), None).unwrap();
    let template = &catalog.templates[0];
    assert_eq!((template.key.as_str(), template.level, template.days), ("packer", RoleLevel::Site, Some(90)));
    assert_eq!(catalog.names(template.grants), ["orders.manage"]);
    let refused = |from: &str, to: &str, line: usize, what: &str| {
        check_refused(&with_template(&sound.replace(from, to)), &format!("small.toml line {line}: {what}"));
    };
    refused(
        "orders.manage",
        "orders.mange",
        8,
        "template `Packer` names the unknown permission `orders.mange`; did you mean `orders.manage`?",
    );
    refused("\"orders.manage\"", "", 8, "template `Packer` holds nothing");
    refused("For whoever packs", " ", 7, "when template `Packer` is handed out is not said");
    refused("Packer", "!", 6, "a template has no name");
    refused("Packer", "Writer", 6, "template `Writer` is called like a role or another template");
    refused("permissions", "days = 0\npermissions", 8, "access by template `Packer` would end at once");
    let twice = with_template(&format!("{sound}\n[[template]]\n{sound}"));
    check_refused(&twice, "small.toml line 10: template `Packer` is called like a role or another template");
}

/// The sound catalog with a pair to keep apart before its first permission.
fn with_pair(permissions: &str, reason: &str) -> String {
    with_line(5, &format!("[[separate]]\npermissions = {permissions}\nreason = \"{reason}\"\n[[permission]]"))
}

#[test]
fn a_pair_to_keep_apart() {
    let catalog = Catalog::parse("small.toml", &with_pair(r#"["posts.write", "orders.view"]"#, "so"), None).unwrap();
    assert_eq!(catalog.separate.len(), 1);
    assert_eq!(catalog.separate[0].permissions.map(|it| catalog.get(it).id.as_str()), ["posts.write", "orders.view"]);
    let refused = |permissions: &str, what: &str| check_refused(&with_pair(permissions, "so"), &format!("small.toml line 6: {what}"));
    refused(
        r#"["posts.write", "orders.vew"]"#,
        "a pair to keep apart names the unknown permission `orders.vew`; did you mean `orders.view`?",
    );
    let together = "cannot be kept apart: who has one has the other";
    refused(r#"["orders.manage", "orders.view"]"#, &format!("`orders.manage` and `orders.view` {together}"));
    refused(r#"["orders.view", "orders.view"]"#, &format!("`orders.view` and `orders.view` {together}"));
    let silent = with_pair(r#"["posts.write", "orders.view"]"#, " ");
    check_refused(&silent, "small.toml line 7: why `posts.write` and `orders.view` are kept apart is not said");
    let pair = "[[separate]]\npermissions = [\"orders.view\", \"posts.write\"]\nreason = \"so\"\n";
    let twice = with_pair(r#"["posts.write", "orders.view"]"#, "so").replacen("[[separate]]", &format!("{pair}[[separate]]"), 1);
    check_refused(&twice, "small.toml line 9: `posts.write` and `orders.view` are kept apart twice");
    assert!(Catalog::parse("small.toml", &with_pair(r#"["posts.write"]"#, "so"), None).is_err());
}

#[test]
fn a_role_that_lifts_an_unknown_permission() {
    check_refused(
        &with_line(28, "lifts = [\n\"orders.manage\",\n\"orders.mange\"]"),
        "small.toml line 30: role `writer` names the unknown permission `orders.mange`; did you mean `orders.manage`?",
    );
}

/// Line 23 is the clerk's, 27 the level and 28 the list of the writer.
fn check_sides(clerk: &str, writer: &str, expected: &str) {
    let text = with_line(22, clerk).replace("grants = [\"posts.write\"]", writer);
    check_refused(&text, expected);
}

#[test]
fn a_partnership_with_one_side() {
    let clerk = "level = \"both\"";
    check_sides(
        clerk,
        r#"partnership = "client""#,
        "small.toml line 28: role `writer` stands for the client of a partnership, and no role for its partner",
    );
    check_sides(
        clerk,
        r#"partnership = "partner""#,
        "small.toml line 28: role `writer` stands for the partner of a partnership, and no role for its client",
    );
    check_sides(clerk, r#"partnership = "owner""#, "small.toml line 28: unknown variant `owner`, expected `partner` or `client`");
}

#[test]
fn two_roles_for_one_side_of_a_partnership() {
    check_sides(
        "level = \"site\"\npartnership = \"partner\"",
        "partnership = \"client\"\n[[role]]\nkey = \"agent\"\nname = \"Agent\"\nlevel = \"site\"\npartnership = \"partner\"",
        "small.toml line 34: role `agent` stands for the partner of a partnership, as another role does",
    );
}

#[test]
fn a_side_of_a_partnership_that_reaches_beyond_one_site() {
    check_sides(
        "level = \"both\"\npartnership = \"client\"",
        r#"partnership = "partner""#,
        "small.toml line 22: role `clerk` stands for the client of a partnership, which is of level site",
    );
}

#[test]
fn the_client_of_every_shipped_partnership_is_not_told_of_ownership() {
    let sides =
        shipped(None).into_iter().filter_map(|it| it.side(Side::Client).map(|role| (role.about.to_lowercase(), it.platform.clone())));
    let told: Vec<(String, String)> = sides.collect();
    assert!(told.iter().any(|(_, platform)| platform == "wix") && told.iter().all(|(about, _)| !about.contains("owner")), "{told:?}");
}

#[test]
fn a_role_defined_twice() {
    check_refused(&with_line(25, r#"key = "clerk""#), "small.toml line 25: role `clerk` is defined twice");
}

#[test]
fn a_role_defined_twice_that_is_called_like_a_category() {
    let text = with_line(20, r#"key = "posts""#).replace("\"writer\"", "\"posts\"");
    check_refused(&text, "small.toml line 25: role `posts` is defined twice");
}

#[test]
fn a_ceiling_over_an_unknown_permission() {
    check_refused(
        &with_line(4, r#"ceilings.strict.site = ["orders.view", "order.manage"]"#),
        "small.toml line 4: ceiling `strict` names the unknown permission `order.manage`; did you mean `orders.manage`?",
    );
}

#[test]
fn a_reading_that_changes_an_unknown_role() {
    check_refused(&with_line(29, "[profiles.other.editor]"), "small.toml line 29: profile `other` changes the unknown role `editor`");
}

#[test]
fn a_reading_that_adds_an_unknown_permission() {
    check_refused(
        &with_line(30, r#"add = ["orders.views"]"#),
        "small.toml line 30: profile `other` names the unknown permission `orders.views`; did you mean `orders.view`?",
    );
}

#[test]
fn a_requirement_that_looks_like_a_position() {
    check_refused(
        &with_line(13, "requires = [\n\"orders.view\",\n\"0\"]"),
        "small.toml line 15: `orders.manage` names the unknown permission `0`",
    );
}

#[test]
fn more_permissions_than_fit() {
    let one = |at| format!("[[permission]]\nid = \"p{at}\"\nlabel = \"P{at}\"\ncategory = \"only\"\n");
    let text = |n| format!("platform = \"large\"\ncategories = [\"only\"]\n{}", (0..n).map(one).collect::<String>());
    assert_eq!(Catalog::parse("large.toml", &text(512), None).map(|it| it.everything().len()), Ok(512));
    check_refused(&text(513), "small.toml line 1: the catalog defines 513 permissions; 512 is the most");
}

#[test]
fn a_field_that_does_not_exist() {
    check_refused(
        &with_line(17, r#"lable = "Write posts""#),
        "small.toml line 17: unknown field `lable`, expected one of `id`, `label`, `about`, `category`, `requires`, `app`, `sensitivity`, `risk`, `asset`, `kind`, `inferred`",
    );
}

#[test]
fn a_field_that_is_missing() {
    check_refused(&with_line(18, ""), "small.toml line 15: missing field `category`");
}

#[test]
fn a_level_that_does_not_exist() {
    check_refused(
        &with_line(27, r#"level = "folder""#),
        "small.toml line 27: unknown variant `folder`, expected one of `site`, `team`, `both`",
    );
}

#[test]
fn a_string_that_is_not_closed() {
    check_refused(&with_line(16, r#"id = "posts.write"#), "small.toml line 16: invalid basic string, expected `\"`");
}

#[test]
fn a_key_given_twice() {
    check_refused(&with_line(17, r#"id = "posts.write""#), "small.toml line 17: duplicate key");
}

#[test]
fn an_empty_file() {
    check_refused("", "small.toml line 1: missing field `platform`");
}
