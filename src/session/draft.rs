//! What is staged and not yet saved: a list of steps, each some commands and what they change.
//!
//! A step is planned on top of those before it and planned again whenever these, or the workspace, are others.
//! What no longer fits, and what somebody else changed meanwhile, is told on its step; nothing is dropped in silence.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::command::{Command, Note, Switch};
use crate::domain::change::{Change, Edit};
use crate::domain::ids::RoleId;
use crate::domain::perm_set::{PermId, PermSet};
use crate::domain::policy::{HeldRole, Policy};
use crate::domain::record::{Record, RoleRecord};
use crate::domain::text;
use crate::domain::things::Role;
use crate::exchange::sending::sending;

/// One thing that the user did.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub commands: Vec<Command>,
    /// What it is, for the list.
    pub words: String,
    /// What it changes on top of the steps before it; nothing where it is left out or does not fit.
    pub changes: Vec<Change>,
    /// What to know before it is done.
    pub notes: Vec<Note>,
    /// Why what was meant too is not among its commands.
    pub cannot: Vec<String>,
    /// Not in the next save.
    pub is_left_out: bool,
    /// Why it cannot be done as things are.
    pub unfit: Option<String>,
    /// What somebody else changed meanwhile of what it changes.
    pub clash: Option<Clash>,
}

/// What two changed at a time: not saved before it is said whose word stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clash {
    /// The columns of rows, or the permissions of roles.
    pub names: BTreeSet<String>,
    /// Of these, the permissions, by role.
    cells: BTreeMap<RoleId, BTreeSet<String>>,
    /// What others made of it.
    pub(super) theirs: Vec<Change>,
}

/// Whose word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The step does what it did, on top of what others made of it.
    Mine,
    /// What others made of it stays; the step does the rest.
    Theirs,
    /// The step goes.
    Out,
}

impl Clash {
    pub fn sentence(&self) -> String {
        let names: Vec<String> = self.names.iter().cloned().collect();
        format!("somebody else changed this meanwhile: {}", text::few(&names))
    }

    pub(super) fn note(&mut self, change: &Change, theirs: &Change, names: BTreeSet<String>) {
        self.theirs.push(theirs.clone());
        if let Change::Role(edit) = change
            && let Some(role) = edit.either()
        {
            self.cells.entry(role.id).or_default().extend(names.iter().cloned());
        }
        self.names.extend(names);
    }
}

impl Step {
    pub(super) fn new(commands: Vec<Command>, words: String) -> Step {
        Step { commands, words, changes: Vec::new(), notes: Vec::new(), cannot: Vec::new(), is_left_out: false, unfit: None, clash: None }
    }

    /// Whether a save takes it along.
    pub fn is_saved(&self) -> bool {
        !self.is_left_out && self.unfit.is_none()
    }

    /// Whether it is to be said first whose word stands.
    pub fn is_undecided(&self) -> bool {
        self.is_saved() && self.clash.is_some()
    }

    /// Its commands, each switch for itself.
    pub(super) fn units(&self) -> Vec<Command> {
        let unit = |it: &Command| match it {
            Command::Toggle { role, permissions, to } => {
                let one = |id: &String| Command::Toggle { role: role.clone(), permissions: vec![id.clone()], to: *to };
                permissions.iter().map(one).collect()
            }
            other => vec![other.clone()],
        };
        self.commands.iter().flat_map(unit).collect()
    }

    /// The step as one command: a line of the file that keeps it.
    pub fn command(&self) -> Command {
        Command::all(self.commands.clone())
    }

    /// The role that it switches permissions of, where it does nothing else.
    fn role(&self) -> Option<&str> {
        let mut roles = self.commands.iter().map(|it| if let Command::Toggle { role, .. } = it { Some(role.as_str()) } else { None });
        let first = roles.next()??;
        roles.all(|it| it == Some(first)).then_some(first)
    }

    /// The permissions that it switches itself, beside what follows.
    fn switched<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a String> {
        let of = move |it: &'a Command| match it {
            Command::Toggle { role, permissions, .. } if role == key => permissions.as_slice(),
            _ => &[],
        };
        self.commands.iter().flat_map(of)
    }
}

#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub(super) steps: Vec<Step>,
    /// How many of the steps count; those behind were taken back and can be redone.
    pub(super) done: usize,
    /// The policy with what is staged; none where nothing is.
    pub(super) policy: Option<Policy>,
}

/// What the draft does to one role, or to one column of a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staged {
    pub granted: PermSet,
    pub closed: PermSet,
    /// Switched by the user, and different now.
    pub by_you: PermSet,
    /// Different now because of that.
    pub follows: PermSet,
    pub clash: PermSet,
}

/// Who changed a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    On,
    Off,
    Follows,
    Clash,
}

impl Staged {
    pub fn mark(&self, id: PermId) -> Option<Mark> {
        if self.clash.contains(id) {
            Some(Mark::Clash)
        } else if self.by_you.contains(id) {
            // Pinned is granted, and was on before.
            Some(if self.granted.contains(id) || self.closed.contains(id) { Mark::On } else { Mark::Off })
        } else {
            self.follows.contains(id).then_some(Mark::Follows)
        }
    }

    pub fn changed(&self) -> PermSet {
        self.by_you | self.follows
    }
}

impl Draft {
    /// What is staged, in the order in which it was done.
    pub fn steps(&self) -> &[Step] {
        &self.steps[..self.done]
    }

    /// What it changes, each row once.
    pub fn changes(&self) -> Vec<Change> {
        Change::net(self.each_change())
    }

    /// What every step changes, one after the other.
    pub fn each_change(&self) -> impl Iterator<Item = &Change> {
        self.steps().iter().flat_map(|it| &it.changes)
    }

    /// The policy as the draft leaves it, where that of the file is this one.
    pub fn policy<'a>(&'a self, saved: &'a Policy) -> &'a Policy {
        self.policy.as_ref().unwrap_or(saved)
    }

    /// The role as the draft leaves it.
    pub fn staged(&self, saved: &Policy, id: RoleId) -> Staged {
        let policy = self.policy(saved);
        let (before, after) = (saved.role(id), policy.role(id));
        let Some(role) = after.or(before).map(|it| &it.role) else { return Staged::default() };
        let Some(catalog) = policy.catalog(&role.platform) else { return Staged::default() };
        let sets = |held: Option<&HeldRole>| held.map_or_else(Default::default, |it| (it.granted, it.closed));
        let ((old_granted, old_closed), (granted, closed)) = (sets(before), sets(after));
        let switched = catalog.set_of(self.steps().iter().flat_map(|it| it.switched(&role.key)));
        // Of a role that comes or goes as a whole, what it lists is what was done.
        let switched = if before.is_some() && after.is_some() { switched } else { old_granted | granted };
        let (listed, on) = (differ(granted, old_granted), differ(closed, old_closed));
        let by_you = (listed | on) & switched;
        // A permission that only stopped being listed, but is still implied, is no news.
        let follows = on - by_you;
        let clashing = self.steps().iter().filter_map(|it| it.clash.as_ref()?.cells.get(&id));
        let clash = catalog.set_of(clashing.flatten()) & (by_you | follows);
        Staged { granted, closed, by_you, follows, clash }
    }

    /// How much is staged: each cell of a role that differs by the user's hand, and each other step.
    pub fn count(&self, saved: &Policy) -> usize {
        let cells: usize = self.roles(saved).into_iter().map(|(_, it)| it.by_you.len()).sum();
        cells + self.steps().iter().filter(|it| it.role().is_none() || !it.is_saved()).count()
    }

    pub fn is_empty(&self, saved: &Policy) -> bool {
        self.count(saved) == 0 && self.changes().is_empty()
    }

    /// The roles whose cells differ, with what differs: of those whose permissions were switched.
    pub fn roles(&self, saved: &Policy) -> Vec<(RoleId, Staged)> {
        let keys: BTreeSet<&str> = self.steps().iter().filter_map(Step::role).collect();
        let ids = keys.into_iter().filter_map(|key| self.policy(saved).find_role(key)).map(|it| it.role.id);
        ids.map(|id| (id, self.staged(saved, id))).filter(|(_, it)| !it.changed().is_empty()).collect()
    }

    /// What a save runs: of switches on one role that follow each other, what they come to.
    pub fn to_save(&self, saved: &Policy) -> Vec<Command> {
        let steps: Vec<&Step> = self.steps().iter().filter(|it| it.is_saved()).collect();
        let alike = |a: &&Step, b: &&Step| a.role().is_some() && a.role() == b.role();
        steps.chunk_by(alike).flat_map(|run| together(self.policy(saved), run)).collect()
    }

    /// How many letters a save sends.
    pub fn letters(&self) -> usize {
        self.changes().iter().filter_map(sending).count()
    }

    /// What is kept for the next time, one command a step.
    pub fn lines(&self, saved: &Policy) -> Vec<Command> {
        if self.is_empty(saved) { Vec::new() } else { self.steps().iter().map(Step::command).collect() }
    }
}

/// The commands of steps of which the second and all others switch permissions of the same role as the first.
fn together(policy: &Policy, run: &[&Step]) -> Vec<Command> {
    if let [only] = run {
        return only.commands.clone();
    }
    let net = Change::net(run.iter().flat_map(|it| &it.changes));
    let lists = net.iter().filter_map(|it| if let Change::Role(edit) = it { edit.before.as_ref().zip(edit.after.as_ref()) } else { None });
    lists.flat_map(|(before, after)| switches(policy, before, after)).collect()
}

/// The switches that lead from one list of a role to another.
fn switches(policy: &Policy, before: &Role, after: &Role) -> Vec<Command> {
    let Some(catalog) = policy.catalog(&before.platform) else { return Vec::new() };
    let (old, new) = (catalog.set_of(&before.permissions), catalog.set_of(&after.permissions));
    // Off takes along what requires it, and some of that may be listed afterwards: it is granted again.
    let left = (old - new).iter().fold(old, |set, id| catalog.revoking(set, id).granted);
    let toggle = |set: PermSet, to: Switch| {
        let command = Command::Toggle { role: after.key.clone(), permissions: catalog.names(set), to };
        (!set.is_empty()).then_some(command)
    };
    [toggle(old - new, Switch::Revoke), toggle(new - left, Switch::Grant)].into_iter().flatten().collect()
}

/// A kept command as it is staged again: files of older versions hold whole lists of roles, of which only what was
/// changed counts.
pub(super) fn taken_up(policy: &Policy, command: Command) -> Vec<Command> {
    match command {
        Command::Batch(steps) => steps,
        Command::Edit { before: Record::Role(before), after: Record::Role(after) }
            if before == (RoleRecord { permissions: before.permissions.clone(), ..after.clone() }) =>
        {
            let only = |from: &[String], not: &[String]| from.iter().filter(|id| !not.contains(id)).cloned().collect::<Vec<_>>();
            let [revoked, granted] = [only(&before.permissions, &after.permissions), only(&after.permissions, &before.permissions)];
            let known = |ids: Vec<String>| match policy.catalog(&after.platform) {
                Some(catalog) => catalog.names(catalog.set_of(&ids)),
                None => ids,
            };
            let toggle =
                |ids: Vec<String>, to| (!ids.is_empty()).then(|| Command::Toggle { role: after.key.clone(), permissions: ids, to });
            [toggle(known(revoked), Switch::Revoke), toggle(known(granted), Switch::Grant)].into_iter().flatten().collect()
        }
        other => vec![other],
    }
}

/// What switches alone change, by the engine and nothing else; `None` where they are more than that, or one would be
/// refused.
pub(super) fn switched(policy: &Policy, commands: &[Command]) -> Option<Vec<Change>> {
    let mut policy = Cow::Borrowed(policy);
    let mut changes = Vec::new();
    for command in commands {
        let Command::Toggle { role, permissions, to } = command else { return None };
        let held = policy.find_role(role).filter(|it| !it.role.builtin)?;
        let catalog = policy.catalog(&held.role.platform)?;
        let mut granted = held.granted;
        for id in permissions {
            let id = catalog.find(id)?;
            if *to == Switch::Pin && !catalog.close(granted).contains(id) {
                return None;
            }
            granted = catalog.toggle(granted, id, (*to).into()).granted;
        }
        let before = Role::clone(&held.role);
        let after = catalog.with_granted(&before, granted);
        if after != before {
            policy.to_mut().put_role(after.clone());
            changes.push(Edit::update(before, after).into());
        }
    }
    Some(changes)
}

fn differ(a: PermSet, b: PermSet) -> PermSet {
    (a - b) | (b - a)
}
