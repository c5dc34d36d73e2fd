//! The rules of access against a second, naive telling of them, over random workspaces.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod model;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
use rolecall::domain::access::{Ground, Held};
use rolecall::domain::builtin;
use rolecall::domain::catalog::{self, Adds, Catalog, CatalogData, CeilingData, PermissionData, RoleData};
use rolecall::domain::compare::{Width, compare};
use rolecall::domain::ids::{AssignmentId, FolderId, PersonId, RoleId, SiteId};
use rolecall::domain::perm_set::{PermId, PermSet};
use rolecall::domain::policy::Policy;
use rolecall::domain::reference::reference;
use rolecall::domain::remedy::{Remedy, Step};
use rolecall::domain::ripple::{Cause, Effect, Ripple, Toggle};
use rolecall::domain::things::{self, Host, Level, RoleLevel, SiteStatus};
use rolecall::domain::why::{Layer, Question, Verdict, Via};

use model::{Fits, Names, Permission, Refusal, Role, Scope, Side, Site, World};

// ---------------------------------------------------------------------------------------
// Random workspaces.

const AGENCY: i64 = 1;
const PERSON: i64 = 2;
const CLIENT: i64 = 3;
const FOREIGN: &str = "elsewhere";
const APPS: [&str; 3] = ["shop", "blog", "forum"];
/// Dates fall on 0, 10, … 50; `now` falls anywhere around them.
const LAST_DAY: i64 = 60;

fn name(at: usize) -> String {
    format!("p{at}")
}

/// Up to ten permissions that require each other at random, in no order, sometimes far
/// from the start of the catalog.
fn permissions() -> impl Strategy<Value = Vec<Permission>> {
    let app = prop_oneof![3 => Just(None), 1 => (0..APPS.len()).prop_map(Some)];
    let drafts = prop::collection::vec((prop::collection::vec(any::<Index>(), 0..3), app), 1..=10);
    let shuffled = drafts.prop_map(acyclic).prop_shuffle();
    (shuffled, prop_oneof![4 => Just(0_usize), 2 => Just(60), 1 => Just(500)]).prop_map(|(permissions, n_before)| {
        let idle = |at| Permission { id: format!("idle{at}"), requires: Vec::new(), app: None };
        (0..n_before).map(idle).chain(permissions).collect()
    })
}

fn acyclic(drafts: Vec<(Vec<Index>, Option<usize>)>) -> Vec<Permission> {
    let read = |(at, (earlier, app)): (usize, (Vec<Index>, Option<usize>))| {
        let requires: BTreeSet<String> = earlier.iter().filter(|_| at > 0).map(|it| name(it.index(at))).collect();
        Permission { id: name(at), requires: requires.into_iter().collect(), app: app.map(|it| APPS[it].to_owned()) }
    };
    drafts.into_iter().enumerate().map(read).collect()
}

/// Names of permissions, not all of them known.
fn some_names(most: usize) -> impl Strategy<Value = Names> {
    let one = prop_oneof![12 => (0..10_usize).prop_map(name), 1 => Just("gone".to_owned())];
    prop::collection::btree_set(one, 0..=most)
}

fn role() -> impl Strategy<Value = Role> {
    let fits = prop_oneof![2 => Just(Fits::Both), 1 => Just(Fits::Site), 1 => Just(Fits::Team)];
    let lifts = prop_oneof![1 => Just(Names::new()), 1 => some_names(2)];
    let takes = prop_oneof![3 => Just(Names::new()), 1 => some_names(2)];
    (prop::bool::weighted(0.1), any::<bool>(), fits, some_names(4), lifts, takes).prop_map(
        |(foreign, builtin, fits, granted, lifts, takes)| Role {
            platform: if foreign { FOREIGN } else { "here" }.to_owned(),
            builtin: builtin && !foreign,
            lifts,
            takes,
            side: None,
            fits,
            granted,
        },
    )
}

fn site() -> impl Strategy<Value = (Option<Index>, i64, bool, Names)> {
    let apps = prop::collection::btree_set(prop::sample::select(&APPS[..]).prop_map(str::to_owned), 0..=3);
    (any::<Option<Index>>(), prop::sample::select(&[AGENCY, AGENCY, PERSON, CLIENT, CLIENT][..]), any::<bool>(), apps)
}

fn date() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![2 => Just(None), 1 => (0..=5_i64).prop_map(|it| Some(it * 10))]
}

fn instant() -> impl Strategy<Value = i64> {
    -1..=LAST_DAY
}

fn world() -> impl Strategy<Value = World> {
    let ceiling = || (some_names(3), some_names(2)).prop_map(|(site, team)| model::Ceiling { site, team });
    let assignment = (0..7_i64, any::<bool>(), 0..3, any::<Index>(), (date(), date()));
    (
        permissions(),
        (ceiling(), ceiling(), prop::sample::select(&["strict", "relaxed"][..])),
        (
            prop::collection::vec(role(), 0..=5),
            any::<(bool, bool)>(),
            prop_oneof![2 => Just(None), 1 => (any::<Index>(), date(), date()).prop_map(Some)],
        ),
        prop::collection::vec(any::<Option<Index>>(), 0..=4),
        prop::collection::vec(site(), 1..=3),
        prop::collection::vec(assignment, 0..=6),
    )
        .prop_map(|(permissions, (strict, relaxed, profile), (roles, (sided, adds_up), client), parents, sites, assignments)| {
            let known: Names = permissions.iter().map(|it| it.id.clone()).collect();
            let here = |ceiling: model::Ceiling| model::Ceiling { site: &ceiling.site & &known, team: &ceiling.team & &known };
            let folder = |of: usize, it: Option<Index>| it.filter(|_| of > 0).map(|it| number(it.index(of)));
            let n_folders = parents.len();
            let sites: Vec<Site> = (1..)
                .zip(sites)
                .map(|(id, (at, owner, agency_hosts, apps))| Site { id, folder: folder(n_folders, at), owner, agency_hosts, apps })
                .collect();
            let scope = |kind: i32, at: Index| match kind {
                0 => Scope::Everywhere,
                1 if n_folders > 0 => Scope::Folder(number(at.index(n_folders))),
                _ => Scope::Site(number(at.index(sites.len()))),
            };
            let roles = with_sides((1..).zip(roles).map(|(id, role)| (id, with_known(role, &known))).collect(), sided);
            let client_role = roles.iter().find(|(_, it)| it.side == Some(Side::Client)).map(|(id, _)| *id);
            let mut assignments: Vec<model::Assignment> = (1..)
                .zip(assignments)
                .map(|(id, (role, team, kind, at, (since, until)))| {
                    let scope = if team { scope(kind, at) } else { scope(2, at) };
                    model::Assignment { id, role, team, scope, since, until }
                })
                .collect();
            if let (Some(role), Some((at, since, until))) = (client_role, client) {
                let scope = Scope::Site(number(at.index(sites.len())));
                assignments.push(model::Assignment { id: 40, role, team: false, scope, since, until });
            }
            World {
                platform: "here".to_owned(),
                adds_up,
                permissions,
                ceilings: BTreeMap::from([("strict".to_owned(), here(strict)), ("relaxed".to_owned(), here(relaxed))]),
                profile: profile.to_owned(),
                roles,
                folders: parents.into_iter().enumerate().map(|(at, parent)| (number(at), folder(at, parent))).collect(),
                sites,
                account_owner: AGENCY,
                person: PERSON,
                assignments,
            }
        })
}

/// A catalog names no unknown permission, so neither do its own roles; and only they lift anything.
fn with_known(mut role: Role, known: &Names) -> Role {
    role.granted.retain(|it| !role.builtin || known.contains(it));
    role.lifts.retain(|it| role.builtin && known.contains(it));
    role.takes.retain(|it| role.builtin && known.contains(it));
    role
}

/// The first two built-in roles, where there are so many, as the sides of a partnership.
fn with_sides(mut roles: BTreeMap<i64, Role>, sided: bool) -> BTreeMap<i64, Role> {
    let mut builtin: Vec<&mut Role> = roles.values_mut().filter(|it| sided && it.builtin).collect();
    if let [partner, client, ..] = builtin.as_mut_slice() {
        (partner.side, client.side) = (Some(Side::Partner), Some(Side::Client));
        (partner.fits, client.fits) = (Fits::Site, Fits::Site);
    }
    roles
}

/// A failing case is printed whole, so no file of seeds is kept.
fn unsaved() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap() + 1
}

// ---------------------------------------------------------------------------------------
// The same workspace in the program's own words.

struct Engine {
    policy: Policy,
    catalog: Arc<Catalog>,
    assignments: Vec<things::Assignment>,
}

fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_795_000_000_000_000 + micros).unwrap()
}

fn list(names: &Names) -> Vec<String> {
    names.iter().cloned().collect()
}

fn catalog_of(world: &World) -> Catalog {
    let permission = |it: &Permission| PermissionData {
        id: it.id.clone(),
        label: it.id.clone(),
        category: "only".to_owned(),
        requires: it.requires.clone(),
        app: it.app.clone(),
        ..PermissionData::default()
    };
    let role = |(id, it): (&i64, &Role)| RoleData {
        key: format!("role{id}"),
        name: format!("Role {id}"),
        level: level(it.fits),
        group: String::new(),
        about: String::new(),
        app: None,
        all: Vec::new(),
        grants: list(&it.granted),
        takes: list(&it.takes),
        asset: Vec::new(),
        inferred: Vec::new(),
        machine: false,
        deprecated: false,
        instead: None,
        keeps: false,
        owner: false,
        lifts: list(&it.lifts),
        partnership: it.side.map(|side| match side {
            Side::Partner => catalog::Side::Partner,
            Side::Client => catalog::Side::Client,
        }),
    };
    let data = CatalogData {
        platform: world.platform.clone(),
        adds: if world.adds_up { Adds::All } else { Adds::Nearest },
        categories: vec!["only".to_owned()],
        apps: APPS.map(str::to_owned).to_vec(),
        ceilings: world
            .ceilings
            .iter()
            .map(|(name, it)| (name.clone(), CeilingData { site: list(&it.site), team: list(&it.team) }))
            .collect(),
        permissions: world.permissions.iter().map(permission).collect(),
        roles: world.roles.iter().filter(|(_, it)| it.builtin).map(role).collect(),
        ..CatalogData::default()
    };
    Catalog::build(&data, None).unwrap()
}

/// Another platform, whose permissions have the same numbers.
fn foreign() -> Catalog {
    let permissions = (0..10).map(|at| Permission { id: name(at), requires: Vec::new(), app: None }).collect();
    let none = BTreeMap::new();
    let sites = Vec::new();
    catalog_of(&World {
        platform: FOREIGN.to_owned(),
        adds_up: false,
        permissions,
        ceilings: none,
        profile: String::new(),
        roles: BTreeMap::new(),
        folders: BTreeMap::new(),
        sites,
        account_owner: AGENCY,
        person: PERSON,
        assignments: Vec::new(),
    })
}

fn level(fits: Fits) -> RoleLevel {
    match fits {
        Fits::Site => RoleLevel::Site,
        Fits::Team => RoleLevel::Team,
        Fits::Both => RoleLevel::Both,
    }
}

fn assignment_row(it: &model::Assignment) -> things::Assignment {
    things::Assignment {
        id: AssignmentId(it.id),
        person: PersonId(PERSON),
        role: RoleId(it.role),
        level: if it.team { Level::Team } else { Level::Site },
        scope: match it.scope {
            Scope::Everywhere => things::Scope::Everywhere,
            Scope::Folder(id) => things::Scope::Folder(FolderId(id)),
            Scope::Site(id) => things::Scope::Site(SiteId(id)),
        },
        since: it.since.map(at),
        until: it.until.map(at),
        review_on: None,
        reason: None,
        granted_by: None,
    }
}

fn site_row(world: &World, it: &Site) -> things::Site {
    things::Site {
        id: SiteId(it.id),
        key: format!("site{}", it.id),
        name: String::new(),
        url: String::new(),
        platform: world.platform.clone(),
        folder: it.folder.map(FolderId),
        owner: PersonId(it.owner),
        host: if it.agency_hosts { Host::Agency } else { Host::Owner },
        apps: list(&it.apps),
        status: SiteStatus::Published,
        editor: None,
    }
}

impl Engine {
    fn of(world: &World) -> Engine {
        let catalog = Arc::new(catalog_of(world));
        let catalogs = vec![Arc::new(foreign()), Arc::clone(&catalog)];
        let mut policy = Policy::new("Test".to_owned(), PersonId(world.account_owner), world.profile.clone(), catalogs);
        for (id, it) in &world.roles {
            // What a built-in role grants is the catalog's word, whatever its row says.
            let permissions = if it.builtin { world.all() } else { it.granted.clone() };
            let key = if it.builtin { reference(&it.platform, &format!("role{id}")) } else { format!("role{id}") };
            let (name, about) = (format!("Role {id}"), String::new());
            let (platform, level, builtin) = (it.platform.clone(), level(it.fits), it.builtin);
            policy.put_role(things::Role { id: RoleId(*id), key, name, about, platform, level, builtin, permissions });
        }
        for (id, parent) in &world.folders {
            let (key, name) = (format!("folder{id}"), String::new());
            policy.put_folder(things::Folder { id: FolderId(*id), key, name, parent: parent.map(FolderId) });
        }
        Engine { policy, catalog, assignments: world.assignments.iter().map(assignment_row).collect() }
    }

    fn names(&self, set: PermSet) -> Names {
        self.catalog.names(set).into_iter().collect()
    }

    fn set(&self, names: &Names) -> PermSet {
        self.catalog.set_of(names)
    }

    fn text(&self, id: PermId) -> String {
        self.catalog.get(id).id.clone()
    }

    fn access(&self, site: &things::Site, now: i64) -> PermSet {
        let ground = Ground::new(&self.policy, site).unwrap();
        ground.access(&self.policy, PersonId(PERSON), &self.assignments, at(now))
    }

    fn ask<T>(&self, site: &things::Site, id: &str, now: i64, answer: impl Fn(Question) -> T) -> T {
        let ground = Ground::new(&self.policy, site).unwrap();
        let permission = self.catalog.find(id).unwrap();
        let (policy, assignments, now) = (&self.policy, self.assignments.as_slice(), at(now));
        answer(Question { policy, ground: &ground, site, person: PersonId(PERSON), assignments, permission, now })
    }
}

/// What the engine says the person can do on a site.
fn access(world: &World, site: &Site, now: i64) -> Names {
    let engine = Engine::of(world);
    engine.names(engine.access(&site_row(world, site), now))
}

/// The same on every site.
fn everywhere(world: &World, now: i64) -> Vec<Names> {
    let engine = Engine::of(world);
    world.sites.iter().map(|it| engine.names(engine.access(&site_row(world, it), now))).collect()
}

/// Every site with every permission that means something.
fn questions(world: &World) -> impl Iterator<Item = (&Site, &str)> {
    let asked = || world.permissions.iter().map(|it| it.id.as_str()).filter(|id| id.starts_with('p'));
    world.sites.iter().flat_map(move |site| asked().map(move |id| (site, id)))
}

fn union(a: &Names, b: &Names) -> Names {
    a | b
}

fn just(id: &str) -> Names {
    Names::from([id.to_owned()])
}

// ---------------------------------------------------------------------------------------
// Closure and toggles.

/// A catalog, some granted permissions of it, and one to toggle.
fn toggles() -> impl Strategy<Value = (World, Names, String)> {
    (world(), some_names(5), any::<Index>()).prop_map(|(world, granted, at)| {
        let known = &granted & &world.all();
        let id = world.permissions[at.index(world.permissions.len())].id.clone();
        (world, known, id)
    })
}

impl Engine {
    /// The ripple of one toggle.
    fn toggle(&self, granted: &Names, id: &str, toggle: Toggle) -> Ripple {
        self.catalog.toggle(self.set(granted), self.catalog.find(id).unwrap(), toggle)
    }

    /// A role's list after one toggle.
    fn after(&self, granted: &Names, id: &str, toggle: Toggle) -> Names {
        self.names(self.toggle(granted, id, toggle).granted)
    }
}

/// The ripple is exact, and each part names a real cause.
fn check_ripple(world: &World, granted: &Names, id: &str, toggle: Toggle) -> Result<(), TestCaseError> {
    let engine = Engine::of(world);
    let ripple = engine.toggle(granted, id, toggle);
    let (before, after) = (world.close(granted), world.close(&engine.names(ripple.granted)));
    let ids = |effects: &[Effect]| -> Vec<String> { effects.iter().map(|it| engine.text(it.id)).collect() };
    for (effects, expected) in [(&ripple.added, &after - &before), (&ripple.removed, &before - &after)] {
        let told = ids(effects);
        prop_assert_eq!(told.len(), expected.len(), "each once");
        prop_assert_eq!(told.iter().cloned().collect::<Names>(), expected.clone());
        prop_assert!(!expected.contains(id) || told[0] == id, "the toggled one first");
        for effect in effects {
            let it = engine.text(effect.id);
            match effect.cause {
                Cause::Toggled => prop_assert_eq!(it, id),
                Cause::RequiredBy(by) | Cause::NeededOnlyBy(by) => {
                    let by = engine.text(by);
                    prop_assert!(world.requires(&by).contains(&it), "{by} requires {it}");
                    prop_assert!(expected.contains(&by), "{by} changes too");
                }
                Cause::Requires(what) => {
                    let what = engine.text(what);
                    prop_assert!(world.requires(&it).contains(&what), "{it} requires {what}");
                    prop_assert!(expected.contains(&what) && world.needs(&what, id), "{what} falls because of {id}");
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(unsaved())]

    #[test]
    fn closing_a_set_is_what_the_model_says_and_keeps_its_laws((world, a, _) in toggles(), b in some_names(5)) {
        let engine = Engine::of(&world);
        let close = |it: &Names| engine.names(engine.catalog.close(engine.set(it)));
        let known = &b & &world.all();
        prop_assert_eq!(close(&a), world.close(&a));
        prop_assert_eq!(close(&close(&a)), close(&a));
        prop_assert!(close(&a).is_superset(&a));
        prop_assert!(close(&union(&a, &known)).is_superset(&close(&a)));
        prop_assert_eq!(close(&union(&a, &known)), union(&close(&a), &close(&known)));
        prop_assert!(close(&a).iter().all(|it| world.requires(it).iter().all(|required| close(&a).contains(required))));
    }

    #[test]
    fn closures_and_dependants_are_two_readings_of_the_same_requirements(world in world()) {
        let engine = Engine::of(&world);
        for (_, id) in questions(&world) {
            let p = engine.catalog.find(id).unwrap();
            let needing: Names = world.all().into_iter().filter(|it| world.needs(it, id)).collect();
            prop_assert_eq!(engine.names(engine.catalog.closure(p)), world.close(&just(id)));
            prop_assert_eq!(engine.names(engine.catalog.dependants(p)), needing);
        }
    }

    #[test]
    fn a_cut_leaves_the_largest_part_that_is_still_closed((world, a, _) in toggles(), blocked in some_names(3)) {
        let engine = Engine::of(&world);
        let closed = world.close(&a);
        let left = engine.names(engine.set(&closed) - engine.catalog.cut(engine.set(&blocked)));
        let unblocked: Names = closed.iter().filter(|it| world.close(&just(it)).is_disjoint(&blocked)).cloned().collect();
        prop_assert_eq!(left, unblocked);
    }

    #[test]
    fn a_chain_is_a_shortest_way_from_one_permission_to_what_it_requires((world, _, from) in toggles(), to in 0..10_usize) {
        let engine = Engine::of(&world);
        let Some(to) = engine.catalog.find(&name(to)) else { return Ok(()) };
        let chain: Vec<String> =
            engine.catalog.chain(engine.catalog.find(&from).unwrap(), to).into_iter().map(|it| engine.text(it)).collect();
        let to = engine.text(to);
        prop_assert_eq!(chain.len(), steps_between(&world, &from, &to).map_or(0, |steps| steps + 1));
        prop_assert!(chain.windows(2).all(|it| world.requires(&it[0]).contains(&it[1])));
        prop_assert!(chain.is_empty() || (chain[0] == from && chain.last() == Some(&to)));
    }

    #[test]
    fn the_ripple_of_switching_on_is_exact_and_every_cause_is_real((world, granted, id) in toggles()) {
        check_ripple(&world, &granted, &id, Toggle::On)?;
    }

    #[test]
    fn the_ripple_of_switching_off_is_exact_and_every_cause_is_real((world, granted, id) in toggles()) {
        check_ripple(&world, &granted, &id, Toggle::Off)?;
    }

    #[test]
    fn switching_on_then_off_what_was_off_changes_nothing((world, granted, _) in toggles()) {
        let engine = Engine::of(&world);
        for id in (0..10).map(name).filter(|id| world.all().contains(id) && !world.close(&granted).contains(id)) {
            prop_assert_eq!(&engine.after(&engine.after(&granted, &id, Toggle::On), &id, Toggle::Off), &granted);
        }
    }

    #[test]
    fn switching_twice_is_switching_once((world, granted, id) in toggles()) {
        let engine = Engine::of(&world);
        for toggle in [Toggle::On, Toggle::Off, Toggle::Pin] {
            let once = engine.after(&granted, &id, toggle);
            prop_assert_eq!(&engine.after(&once, &id, toggle), &once);
            prop_assert!(engine.toggle(&once, &id, toggle).is_empty());
        }
    }

    #[test]
    fn switching_off_leaves_the_largest_list_that_does_not_need_it((world, granted, id) in toggles()) {
        let engine = Engine::of(&world);
        let kept: Names = granted.iter().filter(|it| !world.needs(it, &id)).cloned().collect();
        prop_assert_eq!(engine.after(&granted, &id, Toggle::Off), kept);
    }

    #[test]
    fn pinning_what_is_implied_changes_the_list_and_nothing_else((world, granted, _) in toggles()) {
        let engine = Engine::of(&world);
        for id in world.close(&granted) {
            let ripple = engine.toggle(&granted, &id, Toggle::Pin);
            prop_assert_eq!(engine.names(ripple.granted), union(&granted, &just(&id)));
            prop_assert!(ripple.is_empty());
        }
    }

    #[test]
    fn toggles_of_unrelated_permissions_commute((world, granted, a) in toggles()) {
        let engine = Engine::of(&world);
        for b in (0..10).map(name).filter(|b| world.all().contains(b) && !world.needs(&a, b) && !world.needs(b, &a)) {
            for (first, second) in [(Toggle::On, Toggle::On), (Toggle::On, Toggle::Off), (Toggle::Off, Toggle::On), (Toggle::Off, Toggle::Off)] {
                let ab = engine.after(&engine.after(&granted, &a, first), &b, second);
                let ba = engine.after(&engine.after(&granted, &b, second), &a, first);
                prop_assert_eq!(ab, ba);
            }
        }
    }

    #[test]
    fn unknown_ids_are_kept_in_the_role_and_never_enter_the_closure(world in world()) {
        let engine = Engine::of(&world);
        for (id, it) in world.roles.iter().filter(|(_, it)| !it.builtin) {
            let held = engine.policy.role(RoleId(*id)).unwrap();
            prop_assert_eq!(&held.role.permissions, &it.granted);
            if it.platform == world.platform {
                prop_assert_eq!(engine.names(held.granted), &it.granted & &world.all());
                prop_assert_eq!(engine.names(held.closed), world.close(&it.granted));
            }
        }
    }

    #[test]
    fn two_roles_compare_as_their_sets_do((world, a, _) in toggles(), b in some_names(5)) {
        let engine = Engine::of(&world);
        let (a, b) = (world.close(&a), world.close(&b));
        let ab = compare(engine.set(&a), engine.set(&b));
        let ba = compare(engine.set(&b), engine.set(&a));
        let width = match (a.is_superset(&b), a.is_subset(&b)) {
            (true, true) => Width::Equal,
            (true, false) => Width::Wider,
            (false, true) => Width::Narrower,
            (false, false) => Width::Incomparable,
        };
        prop_assert_eq!((ab.width, engine.names(ab.only_a), engine.names(ab.only_b)), (width, &a - &b, &b - &a));
        prop_assert_eq!((ab.only_a, ab.only_b), (ba.only_b, ba.only_a));
        prop_assert_eq!(ab.width == Width::Wider, ba.width == Width::Narrower);
        prop_assert_eq!(compare(engine.set(&a), engine.set(&a)).width, Width::Equal);
    }
}

/// The fewest requirement steps between two permissions.
fn steps_between(world: &World, from: &str, to: &str) -> Option<usize> {
    if from == to {
        return Some(0);
    }
    world.requires(from).iter().filter_map(|it| steps_between(world, it, to)).min().map(|it| it + 1)
}

// ---------------------------------------------------------------------------------------
// Effective access.

/// The instants just before and at every date of a world, in order.
fn boundaries(world: &World) -> Vec<i64> {
    let dates = world.assignments.iter().flat_map(|it| [it.since, it.until]).flatten();
    dates.flat_map(|it| [it - 1, it]).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A change that may only add: nobody loses anything by it.
fn check_only_adds(before: &World, after: &World, now: i64) -> Result<(), TestCaseError> {
    for (had, has) in everywhere(before, now).iter().zip(everywhere(after, now)) {
        prop_assert!(has.is_superset(had), "lost {:?}", had - &has);
    }
    Ok(())
}

fn changed(world: &World, change: impl FnOnce(&mut World)) -> World {
    let mut world = world.clone();
    change(&mut world);
    world
}

/// One more assignment, of a role numbered 50 that grants `granted`.
fn with_assignment(world: &World, granted: Names, team: bool, scope: Scope) -> World {
    changed(world, |it| {
        let platform = it.platform.clone();
        it.roles
            .insert(50, Role { platform, builtin: false, lifts: Names::new(), takes: Names::new(), side: None, fits: Fits::Both, granted });
        it.assignments.push(model::Assignment { id: 50, role: 50, team, scope, since: None, until: None });
    })
}

proptest! {
    #![proptest_config(unsaved())]

    #[test]
    fn access_is_what_the_model_says(world in world(), now in instant()) {
        for (site, access) in world.sites.iter().zip(everywhere(&world, now)) {
            prop_assert_eq!(access, world.access(site, now));
        }
    }

    #[test]
    fn the_sources_are_what_the_model_says_and_add_up_to_the_access(world in world(), now in instant()) {
        let engine = Engine::of(&world);
        for site in &world.sites {
            let row = site_row(&world, site);
            let ground = Ground::new(&engine.policy, &row).unwrap();
            let sources = ground.sources(&engine.policy, &engine.assignments, at(now));
            let ids: BTreeSet<i64> = sources.iter().map(|it| it.id.0).collect();
            prop_assert_eq!(ids, world.sources(site, now).iter().map(|it| it.id).collect());
            let mut held = Held::default();
            sources.iter().rev().for_each(|it| ground.hold(&engine.policy, &mut held, it));
            prop_assert_eq!(ground.effective(PersonId(PERSON), &held), engine.access(&row, now));
        }
    }

    #[test]
    fn nobody_has_access_without_a_live_assignment_except_the_owner(world in world(), now in instant()) {
        let idle = changed(&world, |it| it.assignments.retain(|it| !model::is_live(it, now)));
        for (site, access) in idle.sites.iter().zip(everywhere(&idle, now)) {
            prop_assert!(site.owner == PERSON || access.is_empty());
        }
    }

    #[test]
    fn access_is_closed_under_the_ceiling_and_within_the_apps(world in world(), now in instant()) {
        for (site, access) in world.sites.iter().zip(everywhere(&world, now)) {
            prop_assert_eq!(&world.close(&access), &access);
            prop_assert!(access.iter().all(|it| world.lacks_app(site, it).is_none()));
            let levels: BTreeSet<bool> = world.sources(site, now).iter().map(|it| it.team).collect();
            if let (true, [level]) = (site.owner != PERSON, levels.into_iter().collect::<Vec<_>>().as_slice()) {
                let lifted: Names = world.roles.values().filter(|it| !level && it.builtin).flat_map(|it| it.lifts.clone()).collect();
                prop_assert!(access.is_disjoint(&(&world.ceiling(*level) - &lifted)));
            }
        }
    }

    #[test]
    fn the_order_and_the_numbers_of_the_rows_do_not_matter(world in world(), now in instant()) {
        let turned = changed(&world, |it| {
            it.assignments.reverse();
            it.assignments.iter_mut().for_each(|it| it.id = 100 - it.id);
        });
        prop_assert_eq!(everywhere(&turned, now), everywhere(&world, now));
    }

    #[test]
    fn a_wider_role_takes_nothing_away(world in world(), more in some_names(3), which in 0..5_usize, now in instant()) {
        let known = &more & &world.all();
        let wider = changed(&world, |it| it.roles.values_mut().skip(which).take(1).for_each(|it| it.granted.extend(known.clone())));
        check_only_adds(&world, &wider, now)?;
    }

    #[test]
    fn one_more_site_level_assignment_takes_nothing_away(world in world(), granted in some_names(3), now in instant()) {
        check_only_adds(&world, &with_assignment(&world, granted, false, Scope::Site(1)), now)?;
    }

    #[test]
    fn one_more_assignment_at_a_scope_that_counts_takes_nothing_away(world in world(), granted in some_names(3), now in instant()) {
        for site in &world.sites {
            for near in world.sources(site, now).into_iter().filter(|it| it.team) {
                let more = with_assignment(&world, granted.clone(), true, near.scope);
                prop_assert!(access(&more, site, now).is_superset(&access(&world, site, now)));
            }
        }
    }

    #[test]
    fn one_ceiling_entry_less_takes_nothing_away(world in world(), which in any::<Index>(), now in instant()) {
        let id = world.permissions[which.index(world.permissions.len())].id.clone();
        let freer = changed(&world, |it| it.ceilings.values_mut().for_each(|it| {
            it.site.remove(&id);
            it.team.remove(&id);
        }));
        check_only_adds(&world, &freer, now)?;
    }

    #[test]
    fn one_more_app_takes_nothing_away(world in world(), app in prop::sample::select(&APPS[..]), now in instant()) {
        let more = changed(&world, |it| it.sites.iter_mut().for_each(|it| { it.apps.insert(app.to_owned()); }));
        check_only_adds(&world, &more, now)?;
    }

    #[test]
    fn an_empty_role_alone_on_the_site_ends_the_teams_access_there_and_nothing_else(world in world(), now in instant()) {
        let world = changed(&world, |it| {
            it.adds_up = false;
            it.assignments.retain(|it| !it.team || it.scope != Scope::Site(1));
        });
        let before = everywhere(&world, now);
        let after = everywhere(&with_assignment(&world, Names::new(), true, Scope::Site(1)), now);
        let without_team = changed(&world, |it| it.assignments.retain(|it| !it.team));
        prop_assert_eq!(&after[0], &access(&without_team, &world.sites[0], now));
        prop_assert_eq!(&after[1..], &before[1..]);
    }

    #[test]
    fn moving_a_site_changes_access_to_that_site_alone(world in world(), to in any::<Option<Index>>(), now in instant()) {
        let folder = to.filter(|_| !world.folders.is_empty()).map(|it| number(it.index(world.folders.len())));
        let moved = changed(&world, |it| it.sites[0].folder = folder);
        prop_assert_eq!(&everywhere(&moved, now)[1..], &everywhere(&world, now)[1..]);
        prop_assert_eq!(access(&moved, &moved.sites[0], now), moved.access(&moved.sites[0], now));
    }

    #[test]
    fn moving_a_folder_changes_access_only_under_it(world in world(), to in any::<Option<Index>>(), now in instant()) {
        if world.folders.is_empty() {
            return Ok(());
        }
        // Folder 1 is a root; the last has no folder under it, so it can go anywhere.
        let last = number(world.folders.len() - 1);
        let parent = to.filter(|_| last > 1).map(|it| number(it.index(world.folders.len() - 1)));
        let moved = changed(&world, |it| { it.folders.insert(last, parent); });
        for ((site, before), after) in world.sites.iter().zip(everywhere(&world, now)).zip(everywhere(&moved, now)) {
            prop_assert!(world.scopes_around(site).contains(&Scope::Folder(last)) || before == after);
            prop_assert_eq!(after, moved.access(site, now));
        }
    }

    #[test]
    fn access_changes_only_at_the_dates_of_assignments_and_exactly_there(world in world()) {
        let (engine, instants) = (Engine::of(&world), boundaries(&world));
        for site in &world.sites {
            let access = |now| engine.names(engine.access(&site_row(&world, site), now));
            for now in &instants {
                prop_assert_eq!(access(*now), world.access(site, *now));
            }
            // From one date to just before the next nothing moves.
            for pair in instants.windows(2).filter(|it| it[1] > it[0] + 1) {
                prop_assert_eq!(access(pair[0]), access(pair[1]));
            }
        }
    }

    #[test]
    fn a_damaged_tree_of_folders_still_gives_an_answer(world in world(), now in instant()) {
        let ring = changed(&world, |it| it.folders.values_mut().for_each(|parent| *parent = Some(1)));
        let orphaned = changed(&world, |it| it.folders.clear());
        prop_assert_eq!(everywhere(&ring, now).len(), world.sites.len());
        prop_assert_eq!(everywhere(&orphaned, now), orphaned.sites.iter().map(|it| orphaned.access(it, now)).collect::<Vec<_>>());
    }
}

// ---------------------------------------------------------------------------------------
// Why, why not, and what would help.

/// Every verdict on every site.
fn verdicts(world: &World, now: i64) -> Vec<(&Site, &str, Verdict)> {
    let engine = Engine::of(world);
    questions(world).map(|(site, id)| (site, id, engine.ask(&site_row(world, site), id, now, |it| it.verdict()))).collect()
}

/// The assignment that a route goes through.
fn assignment(via: &Via) -> Option<i64> {
    match via {
        Via::Owner => None,
        Via::Assignment(it) => Some(it.id.0),
    }
}

/// The engine's layer in the model's words.
fn refusal(layer: &Layer) -> Refusal {
    let micros = |it: &DateTime<Utc>| (*it - at(0)).num_microseconds().unwrap();
    match layer {
        Layer::NoAssignment => Refusal::NoAssignment,
        Layer::OutOfScope => Refusal::OutOfScope,
        Layer::Replaced(_) => Refusal::Replaced,
        Layer::Taken(_) => Refusal::Taken,
        Layer::NotLiveYet(since) => Refusal::NotLiveYet(micros(since)),
        Layer::Expired(until) => Refusal::Expired(micros(until)),
        Layer::Partnership => Refusal::Partnership,
        Layer::RoleLacksIt => Refusal::RoleLacksIt,
        Layer::Invited { .. } => unreachable!("the engine knows no invitations"),
        Layer::Ceiling(_) => Refusal::Ceiling,
        Layer::AppMissing(app) => Refusal::AppMissing(app.clone()),
        Layer::RequirementMissing(..) => Refusal::RequirementMissing,
    }
}

/// The world after the steps of a remedy, taken by hand.
fn remedied(world: &World, site: &Site, id: &str, steps: &[Step]) -> (World, Site) {
    let (mut world, mut site) = (world.clone(), site.clone());
    for step in steps {
        match step {
            Step::InstallApps(apps) => site.apps.extend(apps.iter().cloned()),
            Step::Reopen(row) => {
                let it = world.assignments.iter_mut().find(|it| it.id == row.id.0).unwrap();
                (it.since, it.until) = (None, None);
            }
            Step::Reclaim => world.assignments.retain(|it| world.roles.get(&it.role).is_none_or(|it| it.side != Some(Side::Client))),
            Step::Grant(role) => {
                world.roles.get_mut(&role.0).filter(|it| !it.builtin).unwrap().granted.insert(id.to_owned());
            }
            Step::Assign(role, level) => {
                let (team, scope) = (*level == Level::Team, Scope::Site(site.id));
                world.assignments.push(model::Assignment { id: 99, role: role.0, team, scope, since: None, until: None });
            }
            Step::Revoke(role) => {
                let narrowed = narrowed(&world, role.0, id);
                world.roles.insert(role.0, narrowed);
            }
            Step::Take(it) => world.assignments.retain(|row| row.id != it.id.0),
            Step::Swap(it) => world.assignments.iter_mut().filter(|row| row.id == it.from.id.0).for_each(|row| row.role = it.to.0),
            Step::Copy(it) => {
                let mut copy = world.roles[&it.from.role.0].clone();
                if it.copy.permissions.contains(id) {
                    copy.granted.insert(id.to_owned());
                } else {
                    copy = narrowed(&world, it.from.role.0, id);
                }
                world.roles.insert(it.copy.id.0, copy);
                world.assignments.iter_mut().filter(|row| row.id == it.from.id.0).for_each(|row| row.role = it.copy.id.0);
            }
            Step::Ceiling(profile) => profile.clone_into(&mut world.profile),
        }
    }
    world.sites.iter_mut().filter(|it| it.id == site.id).for_each(|it| *it = site.clone());
    (world, site)
}

/// The custom role without a permission and without all that leads to it.
fn narrowed(world: &World, role: i64, id: &str) -> Role {
    let role = world.roles.get(&role).filter(|it| !it.builtin).unwrap();
    let granted = role.granted.iter().filter(|it| !world.close(&just(it)).contains(id)).cloned().collect();
    Role { granted, ..role.clone() }
}

fn helps(world: &World, site: &Site, id: &str, steps: &[Step], now: i64) -> bool {
    let (world, site) = remedied(world, site, id, steps);
    world.access(&site, now).contains(id)
}

/// The remedy works, is the smallest of its kind, and says what else it brings.
fn check_remedy(world: &World, site: &Site, id: &str, now: i64, remedy: &Remedy, brings: &Names) -> Result<(), TestCaseError> {
    prop_assert!(helps(world, site, id, &remedy.steps, now), "{:?} helps", remedy.steps);
    for left_out in 0..remedy.steps.len() {
        let mut part = remedy.steps.clone();
        part.remove(left_out);
        prop_assert!(!helps(world, site, id, &part, now), "{part:?} is enough");
    }
    let (then, there) = remedied(world, site, id, &remedy.steps);
    let gained = &(&then.access(&there, now) - &world.access(site, now)) - &just(id);
    prop_assert_eq!(brings, &gained);
    Ok(())
}

/// Whether a role at hand, with every app and under some ceiling, would do.
fn can_be_helped(world: &World, site: &Site, id: &str, now: i64) -> bool {
    let roles = world.roles.iter().filter(|(_, it)| it.fits != Fits::Team && it.side.is_none());
    let apps = Step::InstallApps(APPS.map(str::to_owned).to_vec());
    let ways = roles.flat_map(|(role, _)| world.ceilings.keys().map(move |it| (RoleId(*role), it.clone())));
    let plans = ways.map(|(role, profile)| [apps.clone(), Step::Ceiling(profile), Step::Assign(role, Level::Site)]);
    plans.into_iter().any(|plan| helps(world, site, id, &plan, now))
}

proptest! {
    #![proptest_config(unsaved())]

    #[test]
    fn why_says_yes_exactly_where_access_has_it(world in world(), now in instant()) {
        for (site, id, verdict) in verdicts(&world, now) {
            let allowed = matches!(verdict, Verdict::Allowed(_));
            prop_assert_eq!(allowed, world.access(site, now).contains(id));
        }
    }

    #[test]
    fn every_route_starts_at_a_granted_permission_and_follows_requirements(world in world(), now in instant()) {
        let engine = Engine::of(&world);
        for (site, id, verdict) in verdicts(&world, now) {
            let Verdict::Allowed(routes) = verdict else { continue };
            let mut told = BTreeSet::new();
            for route in &routes {
                let chain: Vec<String> = route.chain.iter().map(|it| engine.text(*it)).collect();
                prop_assert!(chain.windows(2).all(|it| world.requires(&it[0]).contains(&it[1])), "{chain:?}");
                prop_assert_eq!(chain.last().map(String::as_str), Some(id));
                match &route.via {
                    Via::Owner => prop_assert_eq!((site.owner, chain.len(), routes.len()), (PERSON, 1, 1)),
                    Via::Assignment(it) => {
                        prop_assert!(site.owner != PERSON || world.roles[&it.role.0].side == Some(Side::Client));
                        prop_assert!(world.roles[&it.role.0].granted.contains(&chain[0]));
                        prop_assert!(told.insert((it.id.0, chain[0].clone())), "each once");
                    }
                }
            }
            prop_assert!(!routes.is_empty() && routes.is_sorted_by_key(|it| it.chain.len()), "shortest first");
            let client = world.client_role(site, now);
            let counts = |it: &&model::Assignment| if site.owner == PERSON {
                !it.team && Some(it.role) == client
            } else {
                world.close(&just(id)).is_disjoint(&world.ceiling_over(it))
            };
            let sources = world.sources(site, now).into_iter().filter(counts);
            let grants = |it: &model::Assignment| world.roles[&it.role].granted.clone();
            let all: BTreeSet<(i64, String)> = sources.flat_map(|it| grants(it).into_iter().map(move |from| (it.id, from)))
                .filter(|(_, from)| world.needs(from, id)).collect();
            prop_assert_eq!(told, all, "all of them");
        }
    }

    #[test]
    fn without_the_assignments_of_all_routes_the_answer_is_no_until_a_wider_one_returns(world in world(), now in instant()) {
        let mut engine = Engine::of(&world);
        for (site, id) in questions(&world).filter(|(site, _)| site.owner != PERSON) {
            let (row, around) = (site_row(&world, site), world.scopes_around(site));
            engine.assignments = world.assignments.iter().map(assignment_row).collect();
            let mut widest = None;
            while let Verdict::Allowed(routes) = engine.ask(&row, id, now, |it| it.verdict()) {
                let named: BTreeSet<i64> = routes.iter().filter_map(|it| assignment(&it.via)).collect();
                let (team, site): (Vec<_>, Vec<_>) = world.assignments.iter().filter(|it| named.contains(&it.id)).partition(|it| it.team);
                let scope = team.first().and_then(|it| around.iter().position(|scope| *scope == it.scope));
                // R4: only a wider team-level assignment, replaced until now, can step in.
                prop_assert!(widest.is_none_or(|it| site.is_empty() && scope > it), "{named:?}");
                widest = Some(scope);
                engine.assignments.retain(|it| !named.contains(&it.id.0));
            }
        }
    }

    #[test]
    fn a_no_names_the_layer_that_refused(world in world(), now in instant()) {
        for (site, id, verdict) in verdicts(&world, now) {
            let Verdict::Refused(layer) = verdict else { continue };
            if let Some(expected) = world.refusal(site, id, now) {
                prop_assert_eq!(refusal(&layer), expected);
            }
        }
    }

    #[test]
    fn a_replaced_assignment_would_allow_it_alone_and_the_nearer_one_counts(world in world(), now in instant()) {
        for (site, id, verdict) in verdicts(&world, now) {
            let Verdict::Refused(Layer::Replaced(nearer)) = verdict else { continue };
            let alone = |kept: &model::Assignment| changed(&world, |it| it.assignments.retain(|it| it == kept));
            prop_assert!(world.assignments.iter().any(|it| it.team && alone(it).access(site, now).contains(id)));
            prop_assert!(world.sources(site, now).iter().any(|it| it.team && it.id == nearer.0));
        }
    }

    #[test]
    fn a_missing_requirement_is_a_real_one_and_something_does_refuse_it(world in world(), now in instant()) {
        let engine = Engine::of(&world);
        for (site, id, verdict) in verdicts(&world, now) {
            let Verdict::Refused(Layer::RequirementMissing(what, because)) = verdict else { continue };
            let what = engine.text(what);
            prop_assert!(what != id && world.needs(id, &what), "{id} needs {what}");
            match *because {
                Layer::Ceiling(level) => prop_assert!(world.ceiling(level == Level::Team).contains(&what)),
                Layer::AppMissing(app) => prop_assert_eq!(world.lacks_app(site, &what), Some(app)),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    #[test]
    fn the_remedy_taken_by_hand_allows_it_and_no_part_of_it_does(world in world(), now in instant()) {
        let engine = Engine::of(&world);
        for (site, id) in questions(&world).filter(|(site, id)| !world.access(site, now).contains(*id)) {
            match engine.ask(&site_row(&world, site), id, now, |it| it.remedy()) {
                Some(remedy) => check_remedy(&world, site, id, now, &remedy, &engine.names(remedy.brings))?,
                None => prop_assert!(!can_be_helped(&world, site, id, now), "{id} on site {}", site.id),
            }
        }
    }

    #[test]
    fn every_way_to_take_it_does_when_gone_by_hand_and_no_part_of_it_does(mut world in world(), now in instant()) {
        // A copy's number is one that no role has: not that of a role that is gone.
        let roles = world.roles.clone();
        world.assignments.retain(|it| roles.contains_key(&it.role));
        let engine = Engine::of(&world);
        for (site, id) in questions(&world).filter(|(site, id)| world.access(site, now).contains(*id)) {
            let takings = engine.ask(&site_row(&world, site), id, now, |it| it.takings());
            // Whoever owns the site has it by that; what a partnership brings goes with it.
            let by_hand = site.owner != PERSON && world.roles.values().all(|it| it.side.is_none());
            prop_assert!(!by_hand || !takings.is_empty(), "{id} on site {}", site.id);
            for Remedy { steps, brings } in takings {
                prop_assert!(!helps(&world, site, id, &steps, now), "{steps:?} takes it");
                for left_out in 0..steps.len() {
                    let mut part = steps.clone();
                    part.remove(left_out);
                    prop_assert!(helps(&world, site, id, &part, now), "{part:?} is enough");
                }
                let (then, there) = remedied(&world, site, id, &steps);
                prop_assert_eq!(engine.names(brings), &then.access(&there, now) - &world.access(site, now));
            }
        }
    }

    #[test]
    fn the_remedy_takes_nothing_away_where_another_one_takes_nothing_away(world in world(), now in instant()) {
        let engine = Engine::of(&world);
        for (site, id) in questions(&world).filter(|(site, id)| !world.access(site, now).contains(*id)) {
            let Some(remedy) = engine.ask(&site_row(&world, site), id, now, |it| it.remedy()) else { continue };
            let (then, there) = remedied(&world, site, id, &remedy.steps);
            let lost = &world.access(site, now) - &then.access(&there, now);
            let gentler = world.roles.keys().any(|role| {
                let fits = world.roles[role].fits != Fits::Team && world.roles[role].side.is_none();
                fits && helps(&world, site, id, &[Step::Assign(RoleId(*role), Level::Site)], now)
            });
            prop_assert!(lost.is_empty() || !gentler, "{:?} loses {lost:?}", remedy.steps);
        }
    }
}

// ---------------------------------------------------------------------------------------
// Named cases.

/// A client site that the agency hosts, in folder 1. Roles: 1 grants p0, 2 grants p1, 3
/// grants p0 and p2, which needs the shop; the strict ceiling of collaborators is p1.
fn agency<const N: usize>(assignments: [model::Assignment; N]) -> World {
    let permission = |id: &str, app: Option<&str>| Permission { id: id.to_owned(), requires: Vec::new(), app: app.map(str::to_owned) };
    let names = |text: &str| -> Names { text.split_whitespace().map(str::to_owned).collect() };
    let role = |granted: &str| Role {
        platform: "here".to_owned(),
        builtin: true,
        lifts: Names::new(),
        takes: Names::new(),
        side: None,
        fits: Fits::Both,
        granted: names(granted),
    };
    let strict = model::Ceiling { site: names("p1"), team: Names::new() };
    World {
        platform: "here".to_owned(),
        adds_up: false,
        permissions: vec![permission("p0", None), permission("p1", None), permission("p2", Some("shop"))],
        ceilings: BTreeMap::from([("strict".to_owned(), strict), ("relaxed".to_owned(), model::Ceiling::default())]),
        profile: "strict".to_owned(),
        roles: BTreeMap::from([(1, role("p0")), (2, role("p1")), (3, role("p0 p2"))]),
        folders: BTreeMap::from([(1, None)]),
        sites: vec![Site { id: 1, folder: Some(1), owner: CLIENT, agency_hosts: true, apps: Names::new() }],
        account_owner: AGENCY,
        person: PERSON,
        assignments: (1..).zip(assignments).map(|(id, it)| model::Assignment { id, ..it }).collect(),
    }
}

const HERE: Scope = Scope::Site(1);
const FOLDER: Scope = Scope::Folder(1);

fn collaborator(role: i64) -> model::Assignment {
    model::Assignment { id: 0, role, team: false, scope: HERE, since: None, until: None }
}

fn team(role: i64, scope: Scope) -> model::Assignment {
    model::Assignment { team: true, scope, ..collaborator(role) }
}

fn dated(since: Option<i64>, until: Option<i64>, mut it: model::Assignment) -> model::Assignment {
    (it.since, it.until) = (since, until);
    it
}

fn check_access(world: &World, now: i64, expected: &str) {
    assert_eq!(list(&access(world, &world.sites[0], now)).join(" "), expected);
}

fn check_layer(world: &World, id: &str, expected: &Refusal) {
    match Engine::of(world).ask(&site_row(world, &world.sites[0]), id, 0, |it| it.verdict()) {
        Verdict::Refused(layer) => assert_eq!(refusal(&layer), *expected),
        Verdict::Allowed(routes) => panic!("{id} is allowed: {routes:?}"),
    }
}

fn check_steps(world: &World, id: &str, expected: &[Step]) {
    let remedy = Engine::of(world).ask(&site_row(world, &world.sites[0]), id, 0, |it| it.remedy());
    assert_eq!(remedy.map(|it| it.steps).unwrap_or_default(), expected);
}

#[test]
fn a_nearer_team_assignment_takes_away_what_a_wider_one_gave() {
    check_access(&agency([team(1, Scope::Everywhere)]), 0, "p0");
    check_access(&agency([team(1, Scope::Everywhere), team(2, FOLDER)]), 0, "p1");
}

#[test]
fn the_end_of_a_nearer_team_assignment_brings_the_wider_one_back() {
    let world = agency([team(1, Scope::Everywhere), dated(None, Some(10), team(2, FOLDER))]);
    check_access(&world, 9, "p1");
    check_access(&world, 10, "p0");
}

#[test]
fn the_beginning_of_a_nearer_team_assignment_takes_the_wider_one_away() {
    let world = agency([team(1, Scope::Everywhere), dated(Some(10), None, team(2, HERE))]);
    check_access(&world, 9, "p0");
    check_access(&world, 10, "p1");
}

#[test]
fn access_ends_on_the_microsecond() {
    let world = agency([dated(Some(10), Some(20), collaborator(1))]);
    check_access(&world, 9, "");
    check_access(&world, 10, "p0");
    check_access(&world, 19, "p0");
    check_access(&world, 20, "");
}

#[test]
fn several_team_assignments_at_one_scope_add_up() {
    check_access(&agency([team(1, FOLDER), team(2, FOLDER)]), 0, "p0 p1");
}

#[test]
fn the_ceiling_of_collaborators_does_not_bind_the_team() {
    check_access(&agency([collaborator(2)]), 0, "");
    check_access(&agency([team(2, HERE)]), 0, "p1");
    check_access(&agency([collaborator(1), team(2, HERE)]), 0, "p0 p1");
}

#[test]
fn the_team_reaches_no_site_that_the_client_hosts() {
    let world = changed(&agency([team(1, HERE)]), |it| it.sites[0].agency_hosts = false);
    check_access(&world, 0, "");
    check_layer(&world, "p0", &Refusal::OutOfScope);
}

#[test]
fn an_assignment_that_begins_tomorrow_is_not_live_yet_even_where_its_role_lacks_the_permission() {
    check_layer(&agency([dated(Some(10), None, collaborator(1))]), "p1", &Refusal::NotLiveYet(10));
}

#[test]
fn a_wider_assignment_that_would_not_allow_it_either_is_not_said_to_be_replaced() {
    let world = agency([team(3, Scope::Everywhere), team(1, FOLDER)]);
    check_layer(&world, "p2", &Refusal::RoleLacksIt);
    check_layer(&changed(&world, |it| it.sites[0].apps = just("shop")), "p2", &Refusal::Replaced);
}

#[test]
fn what_no_role_may_give_under_this_ceiling_needs_another_ceiling_and_a_role() {
    let world = changed(&agency([]), |it| it.sites[0].agency_hosts = false);
    check_steps(&world, "p1", &[Step::Assign(RoleId(2), Level::Site), Step::Ceiling("relaxed".to_owned())]);
}

#[test]
fn a_remedy_does_not_replace_what_the_person_has_where_another_would_add_to_it() {
    let world = agency([team(2, FOLDER), dated(None, Some(0), team(1, HERE))]);
    check_steps(&world, "p0", &[Step::Assign(RoleId(1), Level::Site)]);
}

#[test]
fn a_missing_app_and_a_missing_role_are_two_steps() {
    check_steps(&agency([]), "p2", &[Step::InstallApps(vec!["shop".to_owned()]), Step::Assign(RoleId(3), Level::Site)]);
    check_steps(&agency([collaborator(3)]), "p2", &[Step::InstallApps(vec!["shop".to_owned()])]);
}

// ---------------------------------------------------------------------------------------
// The partnership of a client and the agency, with the roles that come with the program.

const CUSTOM: i64 = 1000;

/// A client's site that the agency hosts, with every app, and the built-in roles of its platform;
/// one more is a custom role with the partner's list.
struct Partnership {
    policy: Policy,
    site: things::Site,
}

impl Partnership {
    fn under(ceiling: &str) -> Partnership {
        let catalog = builtin::catalog("wix").unwrap();
        let mut policy = Policy::new("Test".to_owned(), PersonId(AGENCY), ceiling.to_owned(), vec![Arc::clone(&catalog)]);
        let row = |id, key: &str, level, builtin, permissions| {
            let (key, name, platform) = (key.to_owned(), key.to_owned(), catalog.platform.clone());
            things::Role { id: RoleId(id), key, name, about: String::new(), platform, level, builtin, permissions }
        };
        for (id, role) in (1..).zip(&catalog.roles) {
            policy.put_role(row(id, &role.key, role.level, true, BTreeSet::new()));
        }
        let grants = catalog.side(catalog::Side::Partner).unwrap().grants;
        policy.put_role(row(CUSTOM, "copy", RoleLevel::Site, false, catalog.names(grants).into_iter().collect()));
        let apps = catalog.apps.iter().map(|(app, _)| app.clone()).collect();
        let world = agency([]);
        let site = things::Site { platform: catalog.platform.clone(), folder: None, apps, ..site_row(&world, &world.sites[0]) };
        Partnership { policy, site }
    }

    fn role(&self, key: &str) -> i64 {
        self.policy.find_role(key).unwrap().role.id.0
    }

    /// The verdict on what a person can do who holds this role on the site from 10 to 20.
    fn ask<T>(&self, person: i64, role: &str, id: &str, now: i64, answer: impl Fn(Question) -> T) -> T {
        let held = dated(Some(10), Some(20), collaborator(self.role(role)));
        let held = [things::Assignment { person: PersonId(person), ..assignment_row(&held) }];
        let ground = Ground::new(&self.policy, &self.site).unwrap();
        let permission = ground.catalog.find(id).unwrap();
        let (policy, site, assignments, now) = (&self.policy, &self.site, held.as_slice(), at(now));
        answer(Question { policy, ground: &ground, site, person: PersonId(person), assignments, permission, now })
    }
}

fn check_partnership(ceiling: &str, (person, role): (i64, &str), id: &str, now: i64, expected: &str) {
    let verdict = Partnership::under(ceiling).ask(person, role, id, now, |it| it.verdict());
    let word = if verdict.is_allowed() { format!("yes, {}", verdict.word()) } else { verdict.word().to_owned() };
    assert_eq!(word, expected, "{id} for the {role} at {now} under {ceiling}");
}

const PLAN: [&str; 5] = [
    "billing.subscriptions.purchase",
    "billing.subscriptions.manage",
    "billing.premium_plan.assign",
    "billing.payment_methods.manage",
    "billing.history.view",
];

#[test]
fn the_partner_copies_the_site_and_assigns_plans_while_the_ceiling_keeps_it_from_everybody_else() {
    for id in ["sites.site.duplicate", "billing.premium_plan.assign"] {
        check_partnership("strict", (AGENCY, "partner"), id, 10, "yes, site");
        check_partnership("strict", (AGENCY, "copy"), id, 10, "ceiling");
    }
    check_partnership("strict", (AGENCY, "admin"), "sites.site.duplicate", 10, "ceiling");
    check_partnership("relaxed", (AGENCY, "copy"), "sites.site.duplicate", 10, "yes, site");
    check_partnership("relaxed", (AGENCY, "partner"), "billing.premium_plan.assign", 10, "yes, site");
}

#[test]
fn the_partner_lifts_two_entries_of_the_ceiling_and_no_more() {
    for ceiling in ["strict", "relaxed"] {
        let with = Partnership::under(ceiling);
        let catalog = with.policy.catalog("wix").unwrap();
        let role = catalog.side(catalog::Side::Partner).unwrap();
        let bound = catalog.ceiling(ceiling).site & role.grants;
        let kept: Vec<String> = catalog
            .names(bound)
            .into_iter()
            .filter(|id| !["sites.site.duplicate", "billing.premium_plan.assign"].contains(&id.as_str()))
            .collect();
        assert!(!kept.is_empty());
        for id in kept {
            check_partnership(ceiling, (AGENCY, "partner"), &id, 10, "ceiling");
        }
    }
}

#[test]
fn another_ceiling_leaves_the_partner_what_it_would_have_from_the_start() {
    let there = Partnership::under("relaxed");
    let Partnership { policy, site } = Partnership::under("strict");
    let switched = Partnership { policy: policy.with_ceiling(None, Some("relaxed")), site };
    let catalog = builtin::catalog("wix").unwrap();
    let all = |it: &Partnership| -> Vec<bool> {
        let ids = catalog.names(catalog.everything());
        ids.iter().map(|id| it.ask(AGENCY, "partner", id, 15, |it| it.verdict().is_allowed())).collect()
    };
    assert_eq!(all(&switched), all(&there));
    assert_ne!(all(&switched), all(&Partnership::under("strict")));
}

#[test]
fn the_partner_never_deletes_the_site_or_gives_it_away() {
    for id in ["sites.site.remove", "sites.site.transfer"] {
        check_partnership("strict", (AGENCY, "partner"), id, 10, "role-lacks-it");
        check_partnership("relaxed", (AGENCY, "partner"), id, 10, "role-lacks-it");
    }
}

#[test]
fn the_partner_works_from_the_beginning_to_just_before_the_end() {
    let expected = [(9, "not-live-yet"), (10, "yes, site"), (19, "yes, site"), (20, "expired")];
    for (now, word) in expected {
        check_partnership("strict", (AGENCY, "partner"), "sites.site.duplicate", now, word);
    }
}

#[test]
fn the_client_leaves_the_plans_billing_to_the_partner_until_the_partnership_ends() {
    for id in PLAN {
        let expected = [(9, "yes, owner"), (10, "partnership"), (19, "partnership"), (20, "yes, owner")];
        for (now, word) in expected {
            check_partnership("strict", (CLIENT, "client"), id, now, word);
        }
    }
}

#[test]
fn the_client_can_do_everything_else_whatever_the_ceiling() {
    let all = builtin::catalog("wix").unwrap();
    for id in all.names(all.everything()).iter().filter(|id| !PLAN.contains(&id.as_str())) {
        check_partnership("strict", (CLIENT, "client"), id, 15, "yes, site");
    }
}

#[test]
fn a_role_of_the_owner_that_is_not_the_clients_takes_nothing_from_them() {
    for role in ["partner", "managed-writer", "copy"] {
        check_partnership("strict", (CLIENT, role), "sites.site.transfer", 15, "yes, owner");
        check_partnership("strict", (CLIENT, role), "billing.history.view", 15, "yes, owner");
    }
}

#[test]
fn somebody_else_with_the_clients_role_is_a_collaborator_under_the_ceiling() {
    check_partnership("strict", (PERSON, "client"), "sites.site.remove", 15, "ceiling");
    check_partnership("strict", (PERSON, "client"), "billing.history.view", 15, "role-lacks-it");
    check_partnership("strict", (PERSON, "client"), "editor.site.edit", 15, "yes, site");
}

#[test]
fn reclaiming_the_site_is_what_gives_the_client_the_plan_back() {
    let with = Partnership::under("strict");
    let remedy = with.ask(CLIENT, "client", "billing.history.view", 15, |it| it.remedy()).unwrap();
    let brought = with.policy.catalog("wix").unwrap().names(remedy.brings);
    assert_eq!(remedy.steps, [Step::Reclaim]);
    assert_eq!(brought, &PLAN[..4]);
}

#[test]
fn no_remedy_gives_the_roles_of_a_partnership_or_lets_one_count_again() {
    let mut with = Partnership::under("strict");
    // Without the team, which no ceiling binds, nobody but owner and partner can.
    with.site.host = Host::Owner;
    for (role, now) in [("partner", 25), ("client", 25), ("admin", 15)] {
        assert_eq!(with.ask(AGENCY, role, "billing.premium_plan.assign", now, |it| it.remedy()), None, "{role}");
    }
    let remedy = with.ask(AGENCY, "partner", "editor.site.edit", 25, |it| it.remedy()).unwrap();
    assert!(matches!(remedy.steps.as_slice(), [Step::Assign(..)]), "{:?}", remedy.steps);
}
