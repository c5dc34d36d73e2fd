//! What things take, each beside its goal and beside a bare reference from the same run.
//!
//! `cargo bench` makes an agency of size M and asks it. `ROLECALL_BENCH_L=FILE` also takes a
//! large bundle in. Nothing is asserted: read the table.

mod agency;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use rolecall::command::{self, Actor, Command, Hand, import};
use rolecall::domain::access::Ground;
use rolecall::domain::change::{Change, Edit};
use rolecall::domain::ids::{PersonId, SiteId};
use rolecall::domain::perm_set::{PermId, PermSet};
use rolecall::domain::policy::Policy;
use rolecall::domain::record::{AssignmentRecord, Record, ScopeRecord};
use rolecall::domain::ripple::Toggle;
use rolecall::domain::things::{Level, Role, Site};
use rolecall::exchange::bundle;
use rolecall::facts::Store;
use rolecall::query::access;
use rolecall::query::impact::{Budget, impact};
use rolecall::store::page::Anchor;
use rusqlite::Connection;

fn main() -> Result<()> {
    if let Some(path) = std::env::var_os(WRITER) {
        return write_along(Path::new(&path));
    }
    let folder = tempfile::tempdir()?;
    let mut table = Table::default();
    for size in [agency::SMALL, agency::MEDIUM] {
        let lines = agency::bundle(size)?;
        take_in(&mut table, &folder.path().join(size.name), size.name, "", &mut lines.as_slice())?;
    }
    let path = folder.path().join(agency::MEDIUM.name);
    questions(&mut table, &path)?;
    changes(&mut table, &path)?;
    proof(&mut table, "M", "", &path)?;
    writers(&mut table, &path)?;
    catalogs(&mut table)?;
    if let Some(file) = std::env::var_os("ROLECALL_BENCH_L") {
        let path = folder.path().join("L");
        let mut input = BufReader::with_capacity(1 << 20, fs::File::open(&file)?);
        take_in(&mut table, &path, "L", "≤ 30 s, ≤ 400 MB", &mut input)?;
        let store = Store::open(&path, true)?;
        let policy = store.reader().policy(None)?;
        whole_workspace(&mut table, "L", "≤ 1.5 s, ≤ 200 MB", &store, &policy, now())?;
        toggles(&mut table, "L", &store, &policy, now())?;
        drop(store);
        proof(&mut table, "L", "≤ 5 s, ≤ 200 MB", &path)?;
    }
    print!("{}", table.text);
    Ok(())
}

#[derive(Default)]
struct Table {
    text: String,
}

impl Table {
    fn row(&mut self, what: &str, goal: &str, here: &str, reference: &str) {
        if self.text.is_empty() {
            let _ = writeln!(self.text, "{:<44} {:<20} {:<34} reference", "what", "goal", "here");
        }
        let _ = writeln!(self.text, "{what:<44} {goal:<20} {here:<34} {reference}");
    }
}

/// Times in order.
struct Times(Vec<Duration>);

impl Times {
    fn of<T>(n: usize, mut each: impl FnMut(usize) -> Result<T>) -> Result<Times> {
        let mut times = Vec::with_capacity(n);
        for at in 0..n {
            let start = Instant::now();
            black_box(each(at)?);
            times.push(start.elapsed());
        }
        Ok(Times::from(times))
    }

    fn from(mut times: Vec<Duration>) -> Times {
        times.sort_unstable();
        Times(times)
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = |percent: usize| self.0.get(self.0.len() * percent / 100).copied().unwrap_or_default();
        write!(f, "{:.1?} (95 %: {:.1?})", at(50), at(95))
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default()
}

fn actor() -> Actor {
    Actor { email: agency::OWNER.to_owned(), via: "bench".to_owned(), by: Hand::Caller }
}

/// The most memory since the last [`forget_peak`], in MB, where the system says so.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    line.map_or_else(String::new, |kib| format!(", {} MB", kib / 1024))
}

fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn connect(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")?;
    Ok(conn)
}

fn take_in(table: &mut Table, path: &Path, size: &str, goal: &str, input: &mut dyn BufRead) -> Result<()> {
    forget_peak();
    let start = Instant::now();
    let mut store = Store::create(path)?;
    let imported = import::run(&mut store, &actor(), now(), size, &mut bundle::read(input), &mut |_| true);
    let imported = imported.map_err(|error| anyhow!("{error}"))?;
    let (took, most) = (start.elapsed(), peak());
    drop(store);
    let given = imported.counts.get("assignments").map_or(0, |it| it.added);
    table.row(
        &format!("import of {size}, {given} assignments"),
        goal,
        &format!("{took:.2?}{most}"),
        &format!("bare insert {:.2?}", bare_insert(given)?),
    );
    let opened = Times::of(20, |_| {
        let store = Store::open(path, false)?;
        let policy = store.reader().policy(None)?;
        let page = store.reader().page::<Site>(&Anchor::Start, 50)?;
        Ok((policy.name.len(), page.len()))
    })?;
    let bare = Times::of(20, |_| {
        let conn = connect(path)?;
        let mut rows = conn.prepare("SELECT * FROM site ORDER BY fold, id LIMIT 50")?;
        let rows = rows.query_map([], |row| row.get::<_, String>(2))?;
        Ok(rows.count())
    })?;
    table.row(&format!("open {size}, policy, first page"), "≤ 5 ms", &opened.to_string(), &format!("bare {bare}"));
    Ok(())
}

/// As many narrow rows into a table without indexes.
fn bare_insert(n: usize) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let conn = connect(&folder.path().join("bare"))?;
    conn.execute_batch(
        "CREATE TABLE given (id INTEGER PRIMARY KEY, person INTEGER, role INTEGER, level TEXT, site INTEGER) STRICT; BEGIN",
    )?;
    let start = Instant::now();
    let mut insert = conn.prepare("INSERT INTO given VALUES (?1, ?2, ?3, 'site', ?4)")?;
    for id in 0..i64::try_from(n)? {
        insert.execute([id, id % 20_011, id % 211, id / 19])?;
    }
    drop(insert);
    conn.execute_batch("COMMIT")?;
    Ok(start.elapsed())
}

/// People and sites that have to do with each other, from all over the workspace.
fn pairs(conn: &Connection) -> Result<Vec<(PersonId, SiteId)>> {
    let mut rows = conn.prepare("SELECT person, site FROM assignment WHERE site IS NOT NULL AND id % 97 = 0 ORDER BY id * 7919 % 10007")?;
    let rows = rows.query_map([], |row| Ok((PersonId(row.get(0)?), SiteId(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn questions(table: &mut Table, path: &Path) -> Result<()> {
    let (store, conn) = (Store::open(path, true)?, connect(path)?);
    let db = store.reader();
    let (policy, now) = (db.policy(None)?, now());
    let pairs = pairs(&conn)?;
    let permission = PermId(3);
    let site_of = |site: SiteId| db.find::<Site>(site)?.context("a site that was just there");

    let check = Times::of(pairs.len(), |at| {
        let (person, site) = pairs[at];
        let ground = access::ground(&policy, &site_of(site)?)?;
        Ok(access::access(db, &policy, &ground, person, now)?.contains(permission))
    })?;
    let grounds = pairs.iter().map(|it| access::ground(&policy, &site_of(it.1)?)).collect::<Result<Vec<Ground>>>()?;
    let known = Times::of(pairs.len(), |at| Ok(access::access(db, &policy, &grounds[at], pairs[at].0, now)?.contains(permission)))?;
    let mut select = conn.prepare("SELECT role FROM assignment WHERE person = ?1 AND ifnull(site, 0) IN (0, ?2)")?;
    let bare = Times::of(pairs.len(), |at| {
        let rows = select.query_map([pairs[at].0.0, pairs[at].1.0], |row| row.get::<_, i64>(0))?;
        Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
    })?;
    table.row("one check, the site looked up too", "≤ 20 µs", &check.to_string(), &format!("bare SELECT {bare}"));
    table.row("one check, the site at hand", "≤ 20 µs", &known.to_string(), &format!("bare SELECT {bare}"));
    on_loaded_sets(table, &store, &policy, &pairs, now)?;

    let what = Times::of(pairs.len().min(1_000), |at| access::what_can(db, &policy, pairs[at].0, &site_of(pairs[at].1)?, now))?;
    table.row("what can somebody on a site, with the ways", "", &what.to_string(), &format!("bare SELECT {bare}"));

    let mut select = conn.prepare("SELECT person, role, level FROM assignment WHERE site = ?1")?;
    for (label, sites) in [("any", pairs.iter().map(|it| it.1).collect::<Vec<_>>()), ("the busiest", busiest(&conn)?)] {
        let sites = sites.into_iter().take(500).map(site_of).collect::<Result<Vec<Site>>>()?;
        let mut bare = |at: usize| {
            let rows = select.query_map([sites[at].id.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        let bare = Times::of(sites.len(), &mut bare)?;
        let who = Times::of(sites.len(), |at| access::who(db, &policy, &sites[at], permission, now))?;
        table.row(&format!("who can, {label} site"), "≤ 200 µs", &who.to_string(), &format!("bare SELECT {bare}"));
        let who = Times::of(sites.len(), |at| access::who_can(db, &policy, &sites[at], permission, now))?;
        table.row(&format!("who can, {label} site, with the ways"), "", &who.to_string(), &format!("bare SELECT {bare}"));
    }
    whole_workspace(table, "M", "", &store, &policy, now)?;
    toggles(table, "M", &store, &policy, now)
}

fn on_loaded_sets(table: &mut Table, store: &Store, policy: &Policy, pairs: &[(PersonId, SiteId)], now: DateTime<Utc>) -> Result<()> {
    let mut loaded: HashMap<(PersonId, SiteId), PermSet> = HashMap::new();
    access::everywhere(store.reader(), policy, now, |site, person, set| {
        loaded.insert((person, site), set);
    })?;
    let sets: Vec<PermSet> = pairs.iter().filter_map(|it| loaded.get(it).copied()).collect();
    let rounds = 200;
    let per_check = |start: Instant| start.elapsed() / u32::try_from(rounds * pairs.len()).unwrap_or(u32::MAX);
    let start = Instant::now();
    for round in 0..rounds {
        let permission = PermId(u16::try_from(round).unwrap_or_default());
        black_box(pairs.iter().filter(|it| loaded.get(it).is_some_and(|set| set.contains(permission))).count());
    }
    let here = per_check(start);
    let start = Instant::now();
    for round in 0..rounds {
        let permission = PermId(u16::try_from(round).unwrap_or_default());
        black_box(sets.iter().filter(|it| it.contains(permission)).count());
    }
    table.row("one check on loaded sets", "≤ 100 ns", &format!("{here:?}"), &format!("bare bit {:?}", per_check(start)));
    Ok(())
}

/// The sites with the most people.
fn busiest(conn: &Connection) -> Result<Vec<SiteId>> {
    let mut rows = conn.prepare("SELECT site FROM assignment WHERE site IS NOT NULL GROUP BY site ORDER BY count(*) DESC LIMIT 50")?;
    let rows = rows.query_map([], |row| row.get(0).map(SiteId))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn whole_workspace(table: &mut Table, size: &str, goal: &str, store: &Store, policy: &Policy, now: DateTime<Utc>) -> Result<()> {
    forget_peak();
    let (mut pairs, mut permissions) = (0_u64, 0_usize);
    let here = Times::of(3, |_| {
        (pairs, permissions) = (0, 0);
        access::everywhere(store.reader(), policy, now, |_, _, set| {
            pairs += 1;
            permissions += set.len();
        })
    })?;
    let most = peak();
    let conn = connect(store.path())?;
    let bare = Times::of(3, |_| {
        let mut rows = conn.prepare_cached("SELECT person, role, site FROM assignment ORDER BY id")?;
        let rows = rows.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(2)?)))?;
        Ok(rows.count())
    })?;
    table.row(&format!("access everywhere, {size}, {pairs} pairs"), goal, &format!("{here}{most}"), &format!("bare read {bare}"));
    Ok(())
}

fn toggles(table: &mut Table, size: &str, store: &Store, policy: &Policy, now: DateTime<Utc>) -> Result<()> {
    let (db, conn) = (store.reader(), connect(store.path())?);
    let roles: Vec<_> = policy.roles().filter(|it| !it.role.builtin && !it.granted.is_empty()).collect();
    let toggle = |at: usize| -> Result<Vec<Change>> {
        let held = roles[at % roles.len()];
        let (Some(catalog), Some(first)) = (policy.catalog(&held.role.platform), held.granted.iter().next()) else { return Ok(Vec::new()) };
        let ripple = catalog.toggle(held.granted, first, Toggle::Off);
        let after = Role { permissions: catalog.names(ripple.granted).into_iter().collect(), ..Role::clone(&held.role) };
        Ok(vec![Edit::update(Role::clone(&held.role), after).into()])
    };
    let ripple = Times::of(200, toggle)?;
    let mut select = conn.prepare("SELECT person, site FROM assignment WHERE role = ?1 LIMIT 401")?;
    let bare = Times::of(200, |at| {
        let rows = select.query_map([roles[at % roles.len()].role.id.0], |row| row.get::<_, i64>(0))?;
        Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
    })?;
    table.row(&format!("toggle in {size}: ripple"), "", &ripple.to_string(), "");
    for (label, budget, n) in [("400 pairs at most", Budget { pairs: 400, ..Budget::ALL }, 200), ("all pairs", Budget::ALL, 20)] {
        let here = Times::of(n, |at| impact(db, policy, &toggle(at)?, now, &budget))?;
        table.row(&format!("toggle in {size} and impact, {label}"), "≤ 8 ms on screen", &here.to_string(), &format!("bare SELECT {bare}"));
    }
    Ok(())
}

/// The same rows through a command and through bare SQLite, in turns, so that the disk treats both alike.
fn changes(table: &mut Table, path: &Path) -> Result<()> {
    let copy = path.with_extension("copy");
    fs::copy(path, &copy)?;
    let (mut store, conn) = (Store::open(path, false)?, connect(&copy)?);
    let sites =
        conn.prepare("SELECT id FROM site LIMIT 200")?.query_map([], |row| row.get::<_, i64>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let (role, person) =
        conn.query_row("SELECT role.id, person.id FROM role, person WHERE role.key = 'role-0' AND email = ?1", [agency::OWNER], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
    let (mut here, mut bare) = (Vec::new(), Vec::new());
    for site in sites {
        let key = store.reader().find::<Site>(SiteId(site))?.context("a site that was just there")?.key;
        let record = AssignmentRecord {
            person: agency::OWNER.to_owned(),
            role: "role-0".to_owned(),
            level: Level::Site,
            scope: ScopeRecord::Site(key),
            since: None,
            until: None,
            review_on: None,
            reason: None,
        };
        let command = Command::Add(Record::Assignment(record));
        let start = Instant::now();
        let receipt = command::run(&mut store, &actor(), now(), &command).map_err(|error| anyhow!("{error}"))?;
        here.push(start.elapsed());
        let text = serde_json::to_string(&command)?;
        let hash = receipt.head.map_or([0; 32], |it| it.hash);
        let start = Instant::now();
        conn.execute_batch("BEGIN IMMEDIATE")?;
        conn.prepare_cached("INSERT INTO assignment (person, role, level, site, granted_by) VALUES (?1, ?2, 'site', ?3, ?1)")?
            .execute([person, role, site])?;
        conn.prepare_cached(
            "INSERT INTO entry (seq, at, actor, via, command, summary, changes, hash)
             VALUES ((SELECT max(seq) + 1 FROM entry), 0, ?1, 'bench', ?2, ?3, json_array(?2), ?4)",
        )?
        .execute((agency::OWNER, &text, &receipt.summary, hash))?;
        let mut touch = conn.prepare_cached("INSERT INTO touched (kind, id, seq) VALUES (?1, ?2, (SELECT max(seq) FROM entry))")?;
        for (kind, id) in [("person", person), ("role", role), ("site", site)] {
            touch.execute((kind, id))?;
        }
        drop(touch);
        conn.execute_batch("COMMIT")?;
        bare.push(start.elapsed());
    }
    table.row("one durable change", "≤ 1.4 × bare", &Times::from(here).to_string(), &format!("bare commit {}", Times::from(bare)));
    Ok(())
}

/// `verify`, beside SQLite's own look at every row in every index.
fn proof(table: &mut Table, size: &str, goal: &str, path: &Path) -> Result<()> {
    forget_peak();
    let start = Instant::now();
    command::verify(&Store::open(path, true)?, None, &mut |_| ())?.map_err(|it| anyhow!(it))?;
    let (took, most) = (start.elapsed(), peak());
    let conn = connect(path)?;
    conn.pragma_update(None, "cache_size", -65536)?;
    let start = Instant::now();
    conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?;
    table.row(&format!("verify of {size}"), goal, &format!("{took:.2?}{most}"), &format!("integrity_check {:.2?}", start.elapsed()));
    Ok(())
}

/// Whoever finds the path of a workspace here is one of eight that write to it.
const WRITER: &str = "ROLECALL_BENCH_WRITER";
/// Writes with SQLite alone, waiting as SQLite waits.
const BARE: &str = "ROLECALL_BENCH_BARE";

/// How long each of many changes takes while eight processes write as fast as they can.
fn writers(table: &mut Table, path: &Path) -> Result<()> {
    let eight = |is_bare: bool| -> Result<Vec<Duration>> {
        let mut children = Vec::new();
        for _ in 0..8 {
            let mut child = std::process::Command::new(std::env::current_exe()?);
            child.env(WRITER, path).stdout(std::process::Stdio::piped());
            if is_bare {
                child.env(BARE, "1");
            }
            children.push(child.spawn()?);
        }
        let mut times = Vec::new();
        for child in children {
            let out = String::from_utf8(child.wait_with_output()?.stdout)?;
            times.extend(out.lines().map(|it| Ok(Duration::from_micros(it.parse()?))).collect::<Result<Vec<_>>>()?);
        }
        times.sort_unstable();
        Ok(times)
    };
    let show = |times: &[Duration]| {
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        format!("{} changes, p50 {:.0?}, p99 {:.0?}, worst {:.0?}", times.len(), at(50), at(99), times.last().copied().unwrap_or_default())
    };
    table.row("eight processes writing", "p99 ≤ 150 ms", &show(&eight(false)?), &format!("plain busy_timeout {}", show(&eight(true)?)));
    Ok(())
}

fn write_along(path: &Path) -> Result<()> {
    let me = std::process::id();
    let bare = if std::env::var_os(BARE).is_some() { Some(connect(path)?) } else { None };
    let mut store = Store::open(path, false)?;
    for n in 0..100 {
        let start = Instant::now();
        if let Some(conn) = &bare {
            conn.busy_timeout(Duration::from_secs(60))?;
            conn.execute_batch("BEGIN IMMEDIATE")?;
            conn.execute(
                "INSERT INTO contact (name, status, labels, notes, fold) VALUES (?1, 'lead', '[]', '', ?1)",
                [format!("Bare {me} {n}")],
            )?;
            conn.execute_batch("COMMIT")?;
        } else {
            let contact = format!(r#"{{"add":{{"type":"contact","name":"Writer {me} {n}","email":null}}}}"#);
            command::run(&mut store, &actor(), now(), &serde_json::from_str(&contact)?).map_err(|error| anyhow!("{error}"))?;
        }
        println!("{}", start.elapsed().as_micros());
    }
    Ok(())
}

fn catalogs(table: &mut Table) -> Result<()> {
    use rolecall::domain::builtin;
    use rolecall::domain::catalog::{Catalog, CatalogData};
    for platform in builtin::platforms() {
        let file = format!("assets/catalogs/{platform}.toml");
        let text = std::fs::read_to_string(&file)?;
        let here = Times::of(50, |_| Catalog::parse(&file, &text, None).map_err(|error| anyhow!(error)))?;
        let data: CatalogData = toml::from_str(&text)?;
        let json = serde_json::to_string(&data)?;
        let bare = Times::of(50, |_| Ok(serde_json::from_str::<CatalogData>(&json)?))?;
        let build = Times::of(50, |_| Ok(Catalog::build(&data, None)?))?;
        table.row(&format!("catalog of {platform}"), "", &here.to_string(), &format!("as JSON {bare}, closing alone {build}"));
    }
    Ok(())
}
