//! A made-up agency of any size as a bundle, the same on every machine.

use std::collections::BTreeSet;
use std::io::Write;

/// Who owns the workspace.
pub(crate) const OWNER: &str = "owner@agency.example";

const CORE: &[&str] =
    &["dashboard", "site-settings", "domains", "seo", "analytics", "editor", "media", "contacts", "inbox", "collaborators"];
const APPS: &[&str] = &[
    "store",
    "bookings",
    "events",
    "blog",
    "forum",
    "groups",
    "members",
    "plans",
    "loyalty",
    "coupons",
    "invoices",
    "payments",
    "shipping",
    "restaurants",
    "hotels",
    "portfolio",
    "courses",
    "forms",
    "automations",
    "campaigns",
];
const VERBS: &[&str] = &["view", "create", "edit", "publish", "delete", "export", "settings"];
const FIRST: &[&str] = &["Ana", "Bruno", "Chloé", "Esra", "Hiro", "Inês", "Noor", "Søren", "Zoë", "美咲", "Łukasz", "Éva"];
const LAST: &[&str] = &["Almeida", "Brandt", "García", "Ito", "Kowalski", "Núñez", "O'Neill", "Petrov", "van Dijk", "Yılmaz", "Zhang"];
const TRADE: &[&str] = &["Bakery", "Dental", "Studio", "Florist", "Garage", "Yoga", "Legal", "Café", "Books", "Atelier"];

/// How much of everything.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) name: &'static str,
    pub(crate) sites: u64,
    pub(crate) people: u64,
    /// Folders at the top, in each of them, and in each of those.
    folders: (u64, u64, u64),
    team: u64,
    /// People on sites; each holds nearly two roles there.
    given: u64,
}

pub(crate) const SMALL: Size = Size { name: "S", sites: 100, people: 200, folders: (2, 2, 2), team: 20, given: 1_000 };
pub(crate) const MEDIUM: Size = Size { name: "M", sites: 10_000, people: 20_000, folders: (8, 8, 8), team: 300, given: 100_000 };

/// Numbers that look random and are the same every time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % n
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        usize::try_from(self.below(words.len() as u64)).ok().and_then(|at| words.get(at)).copied().unwrap_or_default()
    }

    /// 1, mostly; sometimes up to 4.
    fn few(&mut self) -> u64 {
        1 + u64::from(self.below(2) == 0) + u64::from(self.below(4) == 0) + u64::from(self.below(8) == 0)
    }
}

/// The bundle, a record a line.
pub(crate) fn bundle(size: Size) -> std::io::Result<Vec<u8>> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ size.sites);
    let mut out = Vec::new();
    writeln!(out, r#"{{"type":"workspace","name":"Synthetic agency","owner":"{OWNER}","ceiling":"strict"}}"#)?;
    catalog(&mut out, &mut dice)?;
    writeln!(out, r#"{{"type":"person","email":"{OWNER}","name":"Agency Owner"}}"#)?;
    let n_folders = folders(&mut out, size)?;
    for n in 0..size.people {
        let (first, last) = (dice.of(FIRST), dice.of(LAST));
        writeln!(out, r#"{{"type":"person","email":"person-{n}@example.org","name":"{first} {last}"}}"#)?;
    }
    for n in 0..size.sites {
        site(&mut out, &mut dice, size, n, n_folders)?;
    }
    for n in 0..200 {
        role(&mut out, &mut dice, n)?;
    }
    for n in 0..size.given {
        // Every site has somebody; the first ones have many.
        let spread = dice.below(size.sites) * dice.below(size.sites) / size.sites;
        let at = if n < size.sites { n } else { spread };
        let person = dice.below(size.people);
        give(&mut out, &mut dice, person, "site", &format!(r#"{{"site":"site-{at}"}}"#), n)?;
    }
    for n in 0..size.team {
        let (person, folder) = (n * (size.people / size.team), dice.below(n_folders));
        let scope = if n % 20 == 0 { r#""everywhere""#.to_owned() } else { format!(r#"{{"folder":"folder-{folder}"}}"#) };
        give(&mut out, &mut dice, person, "team", &scope, n)?;
    }
    Ok(once(&out))
}

fn permissions() -> impl Iterator<Item = (String, &'static str, bool)> {
    let areas = CORE.iter().map(|it| (*it, false)).chain(APPS.iter().map(|it| (*it, true)));
    areas.enumerate().flat_map(|(at, (area, app))| {
        let verbs = if at < 20 { VERBS } else { &VERBS[..6] };
        verbs.iter().map(move |verb| (format!("{area}.{verb}"), area, app))
    })
}

fn catalog(out: &mut Vec<u8>, dice: &mut Dice) -> std::io::Result<()> {
    let quoted = |words: &mut dyn Iterator<Item = &str>| words.map(|it| format!("{it:?}")).collect::<Vec<_>>().join(",");
    let needs = |id: &str, area: &str| match id.rsplit('.').next() {
        Some("create" | "edit" | "export") => format!(r#""{area}.view""#),
        Some("publish" | "delete" | "settings") => format!(r#""{area}.edit""#),
        _ => String::new(),
    };
    let rows = permissions().map(|(id, area, app)| {
        let app = if app { format!(r#","app":"{area}""#) } else { String::new() };
        format!(r#"{{"id":"{id}","label":"{id}","category":"{area}","requires":[{}]{app}}}"#, needs(&id, area))
    });
    let rows: Vec<String> = rows.collect();
    let ids: Vec<String> = permissions().map(|it| it.0).collect();
    let mut some =
        |n: usize| (0..n).map(|_| dice.of(&ids.iter().map(String::as_str).collect::<Vec<_>>()).to_owned()).collect::<BTreeSet<_>>();
    let (site, team) = (some(18), some(5));
    writeln!(
        out,
        r#"{{"type":"catalog","platform":"synthetic","categories":[{}],"ceilings":{{"strict":{{"site":[{}],"team":[{}]}}}},"permissions":[{}]}}"#,
        quoted(&mut CORE.iter().chain(APPS).copied()),
        quoted(&mut site.iter().map(String::as_str)),
        quoted(&mut team.iter().map(String::as_str)),
        rows.join(",")
    )
}

fn folders(out: &mut Vec<u8>, size: Size) -> std::io::Result<u64> {
    let (top, middle, inner) = size.folders;
    let mut n = 0;
    let mut add = |parent: Option<u64>| {
        let parent = parent.map_or("null".to_owned(), |it| format!(r#""folder-{it}""#));
        writeln!(out, r#"{{"type":"folder","key":"folder-{n}","name":"Client group {n}","parent":{parent}}}"#)?;
        n += 1;
        Ok::<_, std::io::Error>(n - 1)
    };
    for _ in 0..top {
        let region = add(None)?;
        for _ in 0..middle {
            let group = add(Some(region))?;
            (0..inner).try_for_each(|_| add(Some(group)).map(drop))?;
        }
    }
    Ok(n)
}

fn site(out: &mut Vec<u8>, dice: &mut Dice, size: Size, n: u64, n_folders: u64) -> std::io::Result<()> {
    let owner = if dice.below(5) > 0 { OWNER.to_owned() } else { format!("person-{}@example.org", dice.below(size.people)) };
    let host = if owner == OWNER && dice.below(4) > 0 { "owner" } else { "agency" };
    let apps: BTreeSet<&str> = (0..=dice.below(9)).map(|_| dice.of(APPS)).collect();
    let apps: Vec<String> = apps.iter().map(|it| format!("{it:?}")).collect();
    let (last, trade, folder) = (dice.of(LAST), dice.of(TRADE), dice.below(n_folders));
    writeln!(
        out,
        r#"{{"type":"site","key":"site-{n}","name":"{last} {trade} {n}","url":"https://site-{n}.example.com","platform":"synthetic","folder":"folder-{folder}","owner":"{owner}","host":"{host}","apps":[{}],"status":"published"}}"#,
        apps.join(",")
    )
}

fn role(out: &mut Vec<u8>, dice: &mut Dice, n: u64) -> std::io::Result<()> {
    let mut areas = vec![dice.of(APPS)];
    (0..=dice.below(4)).for_each(|_| areas.push(dice.of(CORE)));
    let chosen = permissions().filter(|(_, area, _)| areas.contains(area)).filter(|_| dice.below(3) > 0);
    let ids: Vec<String> = chosen.map(|(id, ..)| format!("{id:?}")).collect();
    writeln!(
        out,
        r#"{{"type":"role","key":"role-{n}","name":"Role {n}","platform":"synthetic","level":"both","permissions":[{}]}}"#,
        ids.join(",")
    )
}

/// A few roles for one person in one place.
fn give(out: &mut Vec<u8>, dice: &mut Dice, person: u64, level: &str, scope: &str, salt: u64) -> std::io::Result<()> {
    for at in 0..dice.few() {
        let role = (salt * 7 + at * 31 + dice.below(30)) % 200;
        writeln!(
            out,
            r#"{{"type":"assignment","person":"person-{person}@example.org","role":"role-{role}","level":"{level}","scope":{scope}}}"#
        )?;
    }
    Ok(())
}

/// Without the lines that chance wrote twice.
fn once(lines: &[u8]) -> Vec<u8> {
    let mut seen = std::collections::HashSet::new();
    let new = lines.split_inclusive(|it| *it == b'\n').filter(|it| seen.insert(*it));
    new.flatten().copied().collect()
}
