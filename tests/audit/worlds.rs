//! Random worlds: what mends a finding makes it go away and brings nothing worse, and rules find what a plain reading finds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rolecall::command::{self, Command, Error, import};
use rolecall::domain::audit::{Finding, RULES, Severity};
use rolecall::domain::things::{Assignment, Person};
use rolecall::domain::time;
use rolecall::exchange::bundle;
use rolecall::exchange::mending::{self, Mended, Together};
use rolecall::facts::Store;
use rolecall::query::audit::{Audit, Found, Shown};
use serde_json::Value;

use crate::world::{actor, at, cmd, empty, export};
use crate::{AGENCY, NOW, found};

const PEOPLE: [&str; 6] =
    ["dana@nl.example", "tim@nl.example", "cy@corp.example", "fay@free.example", "office@corp.example", "zoe@far.example"];
const SITES: [&str; 4] = ["press", "shop", "till", "blog"];
const FOLDERS: [&str; 2] = ["retail", "inner"];
const OWN_ROLES: [&str; 3] = ["abe", "mia", "zed"];
const ROLES: [&str; 13] =
    ["inviter", "keeper", "reader", "maker", "publisher", "publisher", "cashier", "clerk", "caller", "relic", "abe", "mia", "zed"];
const PERMISSIONS: [&str; 10] = ["a.view", "a.edit", "a.publish", "a.people", "a.team", "b.data", "b.bills", "b.pay", "b.sell", "x.gone"];

/// The instant at which a world is made; what has no beginning began then.
fn made() -> DateTime<Utc> {
    at(NOW) - TimeDelta::days(40)
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    /// None, or an instant so many seconds from now, at and beside the edges.
    fn instant(&mut self, seconds: &[i64]) -> Option<DateTime<Utc>> {
        let at_one = self.roll(seconds.len() + 2);
        seconds.get(at_one).map(|it| at(NOW) + TimeDelta::seconds(*it))
    }
}

const DAY: i64 = 24 * 3600;

/// The lines of a world: a handful of people and sites, and what they hold.
fn lines(dice: &mut Dice) -> String {
    let mut lines: Vec<String> = AGENCY.lines().filter(|it| it.contains(r#""type":"catalog""#)).map(str::to_owned).collect();
    let seats = ["{}", r#"{"team_seats":1}"#, r#"{"site_seats":1,"team_seats":2}"#][dice.roll(3)];
    lines.push(format!(r#"{{"type":"workspace","name":"N","owner":"dana@nl.example","ceiling":"strict","profile":{seats}}}"#));
    lines.push(r#"{"type":"folder","key":"retail","name":"R","parent":null}"#.to_owned());
    lines.push(r#"{"type":"folder","key":"inner","name":"I","parent":"retail"}"#.to_owned());
    for email in PEOPLE {
        lines.push(format!(r#"{{"type":"person","email":"{email}","name":"{}"}}"#, &email[..3]));
        let status = ["client", "former", "lead"].get(dice.roll(5));
        lines.extend(status.map(|status| format!(r#"{{"type":"contact","name":"{email}","email":"{email}","status":"{status}"}}"#)));
    }
    for key in SITES {
        let (owner, host, status) =
            (dice.one(&PEOPLE), dice.one(&["owner", "agency"]), dice.one(&["published", "published", "draft", "parked"]));
        let (folder, apps) = (dice.one(&["null", r#""retail""#, r#""inner""#]), dice.one(&["[]", r#"["Shop"]"#]));
        lines.push(format!(
            r#"{{"type":"site","key":"{key}","name":"{key}","platform":"mini","folder":{folder},"owner":"{owner}","host":"{host}","apps":{apps},"status":"{status}"}}"#
        ));
    }
    let mut levels = BTreeMap::from([("keeper", "team")]);
    for key in OWN_ROLES {
        let level = dice.one(&["site", "team", "both", "both"]);
        let permissions: BTreeSet<&str> = (0..=dice.roll(3)).map(|_| dice.one(&PERMISSIONS)).collect();
        let list = permissions.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(",");
        lines.push(format!(r#"{{"type":"role","key":"{key}","name":"{key}","platform":"mini","level":"{level}","permissions":[{list}]}}"#));
        levels.insert(key, level);
    }
    // In a few worlds nearly everybody lets others in.
    let (roles, n_given) = if dice.roll(8) == 0 { (&ROLES[..2], 24) } else { (&ROLES[..], 4 + dice.roll(14)) };
    let mut given: BTreeSet<String> = BTreeSet::new();
    for _ in 0..n_given {
        let role = dice.one(roles);
        let level = levels.get(role).copied().filter(|it| *it != "both").unwrap_or_else(|| dice.one(&["site", "site", "team"]));
        let on_site = format!(r#"{{"site":"{}"}}"#, dice.one(&SITES));
        let scope = match (level, dice.roll(3)) {
            ("team", 0) => r#""everywhere""#.to_owned(),
            ("team", 1) => format!(r#"{{"folder":"{}"}}"#, dice.one(&FOLDERS)),
            _ => on_site,
        };
        let key = format!(r#""person":"{}","role":"{role}","level":"{level}","scope":{scope}"#, dice.one(&PEOPLE));
        let since = dice.instant(&[-400 * DAY, -400 * DAY, -90 * DAY, -90 * DAY - 1, -DAY, 0, 1, 10 * DAY]);
        let until = dice.instant(&[-30 * DAY, 0, 1, 10 * DAY, 30 * DAY, 60 * DAY]);
        if since.zip(until).is_some_and(|(since, until)| until <= since) || !given.insert(key.clone()) {
            continue;
        }
        let review = dice.instant(&[-DAY, 0, 1, DAY]);
        let dates = [("since", since), ("until", until), ("review_on", review)];
        let dates: String = dates.iter().filter_map(|(name, at)| Some(format!(r#","{name}":"{}""#, time::rfc3339((*at)?)))).collect();
        let reason = dice.one(&["", r#","reason":"the shop of 2024""#, r#","reason":"helps out""#]);
        lines.push(format!(r#"{{"type":"assignment",{key}{dates}{reason}}}"#));
    }
    lines.join("\n")
}

/// The world of a number, which is the same in every run.
fn world(n: u64, with_offers: bool) -> Store {
    let (mut dice, mut store) = (Dice(n.wrapping_mul(0x1234_5678_9abc_def1)), empty());
    let text = lines(&mut dice);
    let mut bytes = text.as_bytes();
    import::run(&mut store, &actor(), made(), "world.jsonl", &mut bundle::read(&mut bytes), &mut |_| true).unwrap();
    for _ in 0..if with_offers { dice.roll(4) } else { 0 } {
        let (person, site, role) = (dice.one(&PEOPLE), dice.one(&SITES), dice.one(&["reader", "abe", "mia", "zed"]));
        let sent = made() + TimeDelta::days(i64::try_from(1 + dice.roll(38)).unwrap());
        let invite = format!(r#"{{"invite":{{"email":"{person}","level":"site","roles":["{role}"],"scopes":[{{"site":"{site}"}}]}}}}"#);
        // Refused where they own it, where the role is the team's, where no seat is left.
        let sent = sent.max(newest(&store));
        let _ = command::run(&mut store, &actor(), sent, &cmd(&invite));
    }
    store
}

/// How many worlds are tried: so many, or as many as `WORLDS` says.
fn n_worlds(usual: u64) -> u64 {
    std::env::var("WORLDS").ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

fn newest(store: &Store) -> DateTime<Utc> {
    store.reader().newest().unwrap().unwrap().1
}

/// All that is found, and how bad it is.
fn all(store: &Store) -> BTreeMap<String, Severity> {
    let policy = store.reader().policy(None).unwrap();
    let audit = Audit::of(store.reader(), &policy, RULES, at(NOW)).unwrap();
    audit.findings.into_iter().map(|it| (it.key, it.finding.severity)).collect()
}

/// Why something worse may come of mending: who lost a role was the last who could publish there; or it was their last in the
/// team, so that they are guests from then on, and unknown as the owners of what is theirs; or two roles became one, which
/// goes on with the review day of the one that had ended.
fn is_known(rule: &str, key: &str, (before, after): (&Store, &Store)) -> bool {
    let publishes = ["nobody-publishes:", "host-without-hands:", "one-publisher:"].iter().any(|it| key.starts_with(it));
    let joined = ["role-twin", "role-deprecated"].contains(&rule) && key.starts_with("review-overdue:");
    let owner = |site: &str| before.reader().the_site(site).ok().map(|it| before.reader().the::<Person>(it.owner).unwrap().email);
    let is_about = |left: &String| key.contains(left.as_str()) || key.strip_prefix("owner-gone:").and_then(owner).as_ref() == Some(left);
    publishes || joined || Plain::of(before).team.difference(&Plain::of(after).team).any(is_about)
}

/// What came of mending one finding after the other.
#[derive(Default)]
struct Tried {
    /// How often, by rule.
    mended: BTreeMap<&'static str, usize>,
    refused: BTreeMap<String, usize>,
    faults: Vec<String>,
}

impl Tried {
    /// Mends one finding of each rule in a copy of the world.
    fn each_rule(&mut self, n: u64) {
        let store = world(n, true);
        let (before, policy) = (all(&store), store.reader().policy(None).unwrap());
        let audit = Audit::of(store.reader(), &policy, RULES, at(NOW)).unwrap();
        let mut dice = Dice(n);
        for rule in RULES {
            let findings: Vec<_> = audit.findings.iter().filter(|it| it.finding.rule.id == rule.id).collect();
            // Of rules that find much a part is enough.
            if findings.is_empty() || self.mended.get(rule.id).is_some_and(|n| *n >= 25) {
                continue;
            }
            let found = findings[dice.roll(findings.len())];
            let (key, finding) = (&found.key, &found.finding);
            let Ok(mends) = audit.shown(store.reader(), found).unwrap().mend else { continue };
            let commands = mending::commands(store.reader(), &policy, &mends, at(NOW)).unwrap();
            let Some(after) = self.carry_out(rule.id, &store, &commands) else { continue };
            let found = all(&after);
            if found.contains_key(key) {
                self.faults.push(format!("world {n}: {key} is there still after {commands:?}"));
            }
            let worse = found.iter().filter(|it| !before.contains_key(it.0) && *it.1 > finding.severity);
            for (new, _) in worse.filter(|it| !is_known(rule.id, it.0, (&store, &after))) {
                self.faults.push(format!("world {n}: {key}, mended by {commands:?}, brings {new}"));
            }
        }
    }

    /// The world afterwards, unless it was refused.
    fn carry_out(&mut self, rule: &'static str, store: &Store, commands: &[Command]) -> Option<Store> {
        let mut copy = store.copy().unwrap();
        match command::run(&mut copy, &actor(), at(NOW), &Command::all(commands.to_vec())) {
            Ok(_) => *self.mended.entry(rule).or_default() += 1,
            Err(Error::Refused(why)) => {
                *self.refused.entry(format!("{rule}: {why}")).or_default() += 1;
                return None;
            }
            Err(error) => panic!("{rule}: {error}"),
        }
        Some(copy)
    }
}

#[test]
fn what_mends_a_finding_makes_it_go_away_and_brings_nothing_worse() {
    let mut tried = Tried::default();
    (0..n_worlds(300)).for_each(|n| tried.each_rule(n));
    println!("mended {:?}\nrefused {:?}", tried.mended, tried.refused);
    assert!(tried.faults.is_empty(), "{}", tried.faults.join("\n"));
    let n_mended: usize = tried.mended.values().sum();
    assert!(n_mended > 200 && n_mended > 20 * tried.refused.values().sum::<usize>(), "{:?} {:?}", tried.mended, tried.refused);
}

/// Findings of a world that are mended together.
#[derive(Default)]
struct Round {
    /// Those that what mends them mends alone, and what they are by.
    found: Vec<(Found, Vec<Assignment>)>,
    left: Vec<String>,
    commands: Vec<Command>,
}

impl Round {
    /// Carries out what mends those of the findings that are meant, leaving out what a rule refuses alone.
    fn carry_out(store: &mut Store, mut is_meant: impl FnMut(&String) -> bool) -> Result<Round, String> {
        let (db, mut round, mut together) = (store.reader(), Round::default(), Together::default());
        let policy = db.policy(None).unwrap();
        let audit = Audit::of(db, &policy, RULES, at(NOW)).unwrap();
        for it in audit.findings.iter().filter(|it| is_meant(&it.key)) {
            let Shown { mend: Ok(mends), held, .. } = audit.shown(db, it).unwrap() else { continue };
            let (mut alone, commands) = (store.copy().unwrap(), mending::commands(db, &policy, &mends, at(NOW)).unwrap());
            if command::run(&mut alone, &actor(), at(NOW), &Command::all(commands)).is_ok() {
                together.add(&it.key, &mends);
                round.found.push((it.clone(), held));
            }
        }
        let Mended { commands, left } = together.mended(db, &policy, at(NOW)).unwrap();
        (round.commands, round.left) = (commands, left.into_iter().map(|it| it.key).collect());
        if !round.commands.is_empty() {
            let done = command::run(store, &actor(), at(NOW), &Command::all(round.commands.clone()));
            done.map_err(|error| format!("{error}; {:?}", round.commands))?;
        }
        Ok(round)
    }

    /// Those that are found still. Of what changes nothing, and of rights that have no effect, there are others once more is gone.
    fn still(&self, store: &Store) -> Vec<&String> {
        let policy = store.reader().policy(None).unwrap();
        let audit = Audit::of(store.reader(), &policy, RULES, at(NOW)).unwrap();
        let now: BTreeMap<&String, &Finding> = audit.findings.iter().map(|it| (&it.key, &it.finding)).collect();
        let stays = |it: &Assignment| store.reader().find::<Assignment>(it.id).unwrap().as_ref() == Some(it);
        let is_same = |before: &Finding, held: &[Assignment], now: &Finding| match before.rule.id {
            "changes-nothing" => held.iter().any(stays),
            "role-idle-rights" => before.besides.iter().any(|it| now.besides.contains(it)),
            _ => true,
        };
        let is_still = |it: &&(Found, Vec<Assignment>)| now.get(&it.0.key).is_some_and(|now| is_same(&it.0.finding, &it.1, now));
        self.found.iter().filter(is_still).map(|it| &it.0.key).collect()
    }
}

/// What mends findings, all of a world or those that somebody marked, put together, meets nowhere: it is carried out as a whole,
/// of all that could be mended nothing is found any more but what is said to be left, and that is mended the next time, unless
/// nothing mends it by then.
#[test]
fn what_mends_findings_is_carried_out_together() {
    let (mut n_mended, mut n_left, mut faults) = (0, 0, Vec::new());
    for n in 0..n_worlds(60) {
        for marks in [1, 2] {
            let (mut store, mut dice) = (world(n, true), Dice(n));
            let first = match Round::carry_out(&mut store, |_| dice.roll(marks) == 0) {
                Ok(round) => round,
                Err(fault) => {
                    faults.push(format!("world {n}: {fault}"));
                    continue;
                }
            };
            (n_mended, n_left) = (n_mended + first.found.len(), n_left + first.left.len());
            let still = first.still(&store);
            faults.extend(
                still
                    .iter()
                    .filter(|it| !first.left.contains(it))
                    .map(|it| format!("world {n}: {it} is there still after {:?}", first.commands)),
            );
            match Round::carry_out(&mut store, |key| still.contains(&key)) {
                Ok(next) => faults.extend(next.still(&store).iter().map(|it| format!("world {n}: {it} is there after the next time"))),
                Err(fault) => faults.push(format!("world {n}, the next time: {fault}")),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    println!("{n_mended} findings, {n_left} left");
    assert!(n_mended > 300 && n_mended > 100 * n_left, "{n_mended} {n_left}");
}

// ---------------------------------------------------------------------------------------
// The same from exported records, as plainly as it can be said.

struct Plain {
    records: Vec<Value>,
    /// The account owner, and whoever holds something in the team.
    team: Names,
}

type Names = BTreeSet<String>;

fn text<'a>(it: &'a Value, field: &str) -> &'a str {
    it[field].as_str().unwrap_or_default()
}

fn words(it: &Value) -> Names {
    it.as_array().into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn instant(it: &Value) -> Option<DateTime<Utc>> {
    it.as_str().map(at)
}

impl Plain {
    fn of(store: &Store) -> Plain {
        let mut records: Vec<Value> = export(store).lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        for role in records.iter_mut().filter(|it| it["type"] == "catalog").flat_map(|it| it["roles"].as_array_mut().unwrap()) {
            role["key"] = format!("mini/{}", text(role, "key")).into();
        }
        let mut plain = Plain { records, team: Names::new() };
        let held = plain.held().into_iter().filter(|it| it["level"] == "team").map(|it| text(it, "person").to_owned());
        plain.team = held.chain([plain.owner().to_owned()]).collect();
        plain
    }

    fn all(&self, kind: &str) -> Vec<&Value> {
        self.records.iter().filter(|it| it["type"] == kind).collect()
    }

    fn catalog(&self) -> &Value {
        self.records.iter().find(|it| it["type"] == "catalog").unwrap()
    }

    fn owner(&self) -> &str {
        text(self.all("workspace")[0], "owner")
    }

    fn status(&self, email: &str) -> Option<&str> {
        self.all("contact").into_iter().find(|it| it["email"] == email).map(|it| text(it, "status"))
    }

    fn permission(&self, id: &str) -> Option<&Value> {
        self.catalog()["permissions"].as_array().unwrap().iter().find(|it| it["id"] == id)
    }

    /// What a role grants that is known, and what that requires.
    fn gives(&self, role: &str) -> Names {
        let own = self.all("role").into_iter().find(|it| it["key"] == role).map(|it| words(&it["permissions"]));
        let builtin = || self.catalog()["roles"].as_array().unwrap().iter().find(|it| it["key"] == role).unwrap();
        self.close(&own.unwrap_or_else(|| words(&builtin()["grants"])))
    }

    fn close(&self, set: &Names) -> Names {
        let known = set.iter().filter_map(|id| self.permission(id));
        let mut closed = Names::new();
        for it in known {
            closed.insert(text(it, "id").to_owned());
            closed.extend(self.close(&words(&it["requires"])));
        }
        closed
    }

    /// What is left of it at a level on a site.
    fn left(&self, set: &Names, level: &str, site: &Value) -> Names {
        let ceiling = words(&self.catalog()["ceilings"]["strict"][level]);
        let has_app = |id: &String| self.permission(id).unwrap()["app"].as_str().is_none_or(|app| words(&site["apps"]).contains(app));
        set.iter()
            .filter(|id| {
                self.close(&Names::from([(*id).clone()])).iter().all(|it| set.contains(it) && !ceiling.contains(it) && has_app(it))
            })
            .cloned()
            .collect()
    }

    fn held(&self) -> Vec<&Value> {
        self.all("assignment").into_iter().filter(|it| is_live(it)).collect()
    }

    fn is_team(&self, person: &str) -> bool {
        self.team.contains(person)
    }

    fn is_hosted(&self, site: &Value) -> bool {
        site["host"] == "agency" || text(site, "owner") == self.owner()
    }

    /// The site, its folder, what that lies in, everywhere.
    fn scopes(&self, site: &Value) -> Vec<Value> {
        let mut scopes = vec![serde_json::json!({"site": site["key"]})];
        let mut folder = site["folder"].as_str();
        while let Some(key) = folder {
            scopes.push(serde_json::json!({"folder": key}));
            folder = self.all("folder").into_iter().find(|it| it["key"] == key).and_then(|it| it["parent"].as_str());
        }
        scopes.push(Value::from("everywhere"));
        scopes
    }

    fn reaches(&self, it: &Value, site: &Value) -> bool {
        let scopes = self.scopes(site);
        if it["level"] == "team" { self.is_hosted(site) && scopes.contains(&it["scope"]) } else { it["scope"] == scopes[0] }
    }

    fn access(&self, person: &str, site: &Value) -> Names {
        if site["owner"] == person {
            let all = self.catalog()["permissions"].as_array().unwrap().iter().map(|it| text(it, "id").to_owned()).collect();
            return self.left(&all, "none", site);
        }
        let theirs = self.held().into_iter().filter(|it| it["person"] == person && self.reaches(it, site));
        let (own, team): (Vec<&Value>, Vec<&Value>) = theirs.partition(|it| it["level"] == "site");
        let nearest = self.scopes(site).into_iter().find(|scope| team.iter().any(|it| it["scope"] == *scope));
        let near: Vec<&Value> = team.into_iter().filter(|it| Some(&it["scope"]) == nearest.as_ref()).collect();
        let union = |held: &[&Value]| held.iter().flat_map(|it| self.gives(text(it, "role"))).collect::<Names>();
        &self.left(&union(&own), "site", site) | &self.left(&union(&near), "team", site)
    }

    fn those_who_can(&self, permissions: &[&str], site: &Value) -> Vec<&str> {
        let people = self.all("person").into_iter().map(|it| text(it, "email"));
        people.filter(|it| permissions.iter().any(|id| self.access(it, site).contains(*id))).collect()
    }

    fn publishers(&self, site: &Value) -> Vec<&str> {
        self.those_who_can(&["a.publish"], site).into_iter().filter(|it| site["owner"] != *it || self.is_team(it)).collect()
    }

    fn guests(&self, site: &Value) -> Names {
        let here = self.held().into_iter().filter(|it| it["level"] == "site" && it["scope"]["site"] == site["key"]);
        here.map(|it| text(it, "person").to_owned()).filter(|it| site["owner"] != it.as_str() && !self.is_team(it)).collect()
    }

    fn sites(&self, is_found: impl Fn(&Value) -> bool) -> Names {
        self.all("site").into_iter().filter(|it| is_found(it)).map(|it| text(it, "key").to_owned()).collect()
    }
}

fn is_live(it: &Value) -> bool {
    instant(&it["since"]).is_none_or(|since| since <= at(NOW)) && is_open(it)
}

fn is_open(it: &Value) -> bool {
    instant(&it["until"]).is_none_or(|until| at(NOW) < until)
}

/// Worlds, and what is read of them.
struct Worlds(Vec<(Store, Plain)>);

impl Worlds {
    fn new() -> Worlds {
        let worlds = (0..150).map(|n| world(n, false));
        Worlds(
            worlds
                .map(|it| {
                    let plain = Plain::of(&it);
                    (it, plain)
                })
                .collect(),
        )
    }

    /// That a rule finds there what a plain reading does: the keys without the rule.
    fn check(&self, rule: &str, severity: Option<Severity>, reading: impl Fn(&Plain) -> Names) {
        let mut n_found = 0;
        for (store, plain) in &self.0 {
            let found = found(store, rule).into_iter().filter(|it| severity.is_none_or(|severity| it.0 == severity));
            let found: Names = found.map(|it| it.1[rule.len() + 1..].to_owned()).collect();
            assert_eq!(found, reading(plain), "{rule} in\n{}", export(store));
            n_found += found.len();
        }
        assert!(n_found > 3, "{rule} finds {n_found} only");
    }
}

#[test]
fn rules_about_sites_find_what_a_plain_reading_finds() {
    let worlds = Worlds::new();
    let is_meant = |plain: &Plain, it: &Value| it["status"] == "published" && plain.is_hosted(it);
    let owner_can = |plain: &Plain, it: &Value| plain.access(text(it, "owner"), it).contains("a.publish");
    worlds.check("nobody-publishes", Some(Severity::Medium), |plain| {
        plain.sites(|it| is_meant(plain, it) && plain.publishers(it).is_empty() && owner_can(plain, it))
    });
    worlds.check("host-without-hands", None, |plain| {
        plain.sites(|it| {
            let publishers = plain.publishers(it);
            is_meant(plain, it) && !publishers.is_empty() && !publishers.iter().any(|it| plain.is_team(it))
        })
    });
    worlds.check("owner-gone", None, |plain| {
        plain.sites(|it| {
            let (owner, status) = (text(it, "owner"), plain.status(text(it, "owner")));
            status == Some("former") || (status.is_none() && !plain.is_team(owner))
        })
    });
    worlds.check("too-many-admins", None, |plain| {
        plain.sites(|it| {
            let admins = plain.those_who_can(&["a.people"], it);
            admins.into_iter().filter(|who| it["owner"] != *who && *who != plain.owner()).count() > 3
        })
    });
    worlds.check("parked-with-outsiders", None, |plain| plain.sites(|it| it["status"] == "parked" && !plain.guests(it).is_empty()));
}

#[test]
fn rules_about_roles_and_people_find_what_a_plain_reading_finds() {
    let worlds = Worlds::new();
    let keys = |of: Vec<&Value>| of.into_iter().map(|it| text(it, "key").to_owned()).collect::<Names>();
    worlds.check("former-with-access", None, |plain| {
        let open = plain.all("assignment").into_iter().filter(|it| is_open(it)).map(|it| text(it, "person"));
        open.filter(|it| plain.status(it) == Some("former")).map(str::to_owned).collect()
    });
    worlds.check("never-ends", None, |plain| {
        let old = |it: &Value| instant(&it["since"]).unwrap_or(made()) < at(NOW) - TimeDelta::days(90);
        let found = plain.all("site").into_iter().flat_map(|site| {
            let here = plain.held().into_iter().filter(|it| it["level"] == "site" && it["scope"]["site"] == site["key"]);
            let endless = here.filter(|it| it["until"].is_null() && old(it)).map(|it| text(it, "person").to_owned());
            let guests = plain.guests(site);
            endless.filter(|it| guests.contains(it) && plain.status(it) != Some("client")).collect::<Names>()
        });
        found.collect()
    });
    worlds.check("role-unused", None, |plain| {
        let held: Names = plain.all("assignment").into_iter().filter(|it| is_open(it)).map(|it| text(it, "role").to_owned()).collect();
        &keys(plain.all("role")) - &held
    });
    worlds.check("role-idle-rights", None, |plain| {
        let is_found = |role: &&Value| {
            let key = text(role, "key");
            let (mut gives, mut at_account): (Option<Names>, Names) = (None, Names::new());
            for it in plain.held().into_iter().filter(|it| text(it, "role") == key) {
                for site in plain.all("site").into_iter().filter(|site| plain.reaches(it, site)) {
                    gives.get_or_insert_default().extend(plain.left(&plain.gives(key), text(it, "level"), site));
                }
                // What runs the account takes no site.
                let on_account = if it["scope"] == "everywhere" { Names::from(["a.team".to_owned()]) } else { Names::new() };
                at_account.extend(&on_account & &plain.gives(key));
            }
            let known: Names = words(&role["permissions"]).into_iter().filter(|it| plain.permission(it).is_some()).collect();
            gives.is_some_and(|gives| !known.is_subset(&(&gives | &at_account)))
        };
        keys(plain.all("role").into_iter().filter(is_found).collect())
    });
    worlds.check("role-twin", None, |plain| {
        let builtin = plain.catalog()["roles"].as_array().unwrap().iter().filter(|it| it["owner"] != true && it["deprecated"] != true);
        let builtin: Vec<&Value> = builtin.collect();
        let replaces = |one: &Value, other: &Value| one["level"] == "both" || one["level"] == other["level"];
        let is_found = |role: &&Value| {
            let gives = plain.gives(text(role, "key"));
            let same = |it: &&&Value| it["key"] != role["key"] && plain.gives(text(it, "key")) == gives && replaces(it, role);
            let own = plain.all("role");
            let older = |it: &&&Value| !replaces(role, it) || text(it, "key") < text(role, "key");
            !gives.is_empty() && (builtin.iter().any(|it| same(&it)) || own.iter().filter(older).any(|it| same(&it)))
        };
        keys(plain.all("role").into_iter().filter(is_found).collect())
    });
    worlds.check("unknown-permission", None, |plain| {
        let is_found = |it: &&Value| words(&it["permissions"]).iter().any(|id| plain.permission(id).is_none());
        keys(plain.all("role").into_iter().filter(is_found).collect())
    });
}
