//! The audit: what is wrong, by whom and where, and what mends it.

use std::cell::Cell;
use std::collections::HashSet;

use anyhow::Result;
use ratatui::text::Line;

use super::list::Kind;
use super::list::sorting::Keys;
use crate::command::Command;
use crate::domain::accepted::Accepted;
use crate::domain::audit::{Besides, Finding, Severity};
use crate::domain::ids::{PersonId, RoleId};
use crate::domain::policy::Policy;
use crate::domain::record::{Key, Recorded, ScopeRecord};
use crate::domain::text::plural;
use crate::domain::things::{Level, Person, Scope};
use crate::domain::time;
use crate::exchange::mending::{self, Mended, Together};
use crate::facts::Reader;
use crate::query::access::scope_record;
use crate::query::audit::Listed;
use crate::query::order::Key as By;
use crate::query::records;
use crate::query::search::{self, Index};
use crate::query::sight::Shown;
use crate::query::statement::called;
use crate::store::page::{Anchor, Position};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::accept;
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Journey, Message};
use crate::tui::widgets::lines::{fact, heading, span, wrap};
use crate::tui::widgets::window::{Column, Fate, Item, column, positions};

actions! {
    PLACE "Audit" "What is wrong, the worst first; each finding has its evidence and, where there is one, the change that mends it." as Page {
        FIX "fix" ["f"] "fix" Step([]) "Stage what mends it; with marks, what mends all that are marked";
        FIX_RULE "fix-rule" ["F"] "fix its rule" Step([]) "Stage what mends all that the same rule found";
        ACCEPT "answer-for" ["o"] "accept" Form([ChangeRoles, ChangeTeam]) "Answer for it until a day, and say why: it counts no more; with marks, for all that are marked";
        WITHDRAW "answer-no-more" ["x"] "take back" Step([]) "Answer for it no more; with marks, for all that are marked";
        ACCEPTED "show-accepted" ["H"] "" "Show also what somebody answers for, or hide it";
        FOLD_RULE "fold-rule" ["Z"] "" "Show one by one what is told in one line for all, or in one line again";
    }
}

/// Most assignments that the page about a finding tells.
const MAX_EVIDENCE: usize = 12;

/// What was found lies with the screens, read beside them.
#[derive(Default)]
pub(in crate::tui) struct Audit {
    /// Whether the first audit is over.
    is_made: Cell<bool>,
    /// What somebody answers for is shown, too.
    with_accepted: bool,
    /// What is told in one line for all is shown one by one.
    unfolded: bool,
}

/// A row: one finding, or the first of those that are told in one line.
#[derive(Clone, Copy)]
struct Row<'a> {
    it: &'a Listed,
    /// How many it stands for.
    n: usize,
}

impl<'a> Row<'a> {
    /// A row that stands for several is another one than that of its first.
    fn id(&self) -> i64 {
        let found = &self.it.found;
        number(if self.n > 1 { found.finding.rule.id } else { &found.key })
    }

    /// The findings that it stands for.
    fn all(&self, env: &Env<'a>) -> Vec<&'a Listed> {
        if self.n > 1 { same_rule(env, self.it) } else { vec![self.it] }
    }

    fn sentence(&self) -> String {
        if self.n == 1 {
            return self.it.shown.sentence.clone();
        }
        format!("{} people have held roles for long, and nobody looked whether they still should; {} shows each", self.n, key_of(FOLD_RULE))
    }
}

/// The number of a row that this is the key of: the same from run to run.
fn number(key: &str) -> i64 {
    // FNV-1a: short, and the same in every build.
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    i64::try_from(hash >> 1).unwrap_or(0)
}

/// Everything that is told, what somebody answers for behind the rest.
fn listed<'a>(env: &Env<'a>) -> &'a [Listed] {
    env.findings.map_or(&[], |it| it.listed.as_slice())
}

/// What mends it, or why nothing does.
fn mends(env: &Env<'_>, it: &Listed) -> Result<Result<Vec<Command>, String>> {
    Ok(match &it.shown.mend {
        Ok(mends) => Ok(mending::commands(env.db, env.policy, mends, env.now)?),
        Err(why) => Err(why.clone()),
    })
}

fn cells(row: Row<'_>, env: &Env<'_>) -> Vec<String> {
    let finding = &row.it.found.finding;
    let since = finding.since.filter(|_| row.n == 1).map_or_else(String::new, |at| time::ago(at, env.now));
    vec![row.sentence(), finding.severity.to_string(), since]
}

/// What mends these; what nothing mends is left to the review to tell.
fn stage(env: &Env<'_>, which: &[&Listed], what: &str) -> Result<Message> {
    let (mut together, mut without) = (Together::default(), 0);
    for it in which {
        match &it.shown.mend {
            Ok(mends) => together.add(&it.found.key, mends),
            Err(why) if which.len() == 1 => return Ok(Message::Complain(format!("nothing mends it by itself: {why}"))),
            Err(_) => without += 1,
        }
    }
    let Mended { commands, left } = together.mended(env.db, env.policy, env.now)?;
    if commands.is_empty() {
        return Ok(Message::Complain("nothing mends any of them by itself".to_owned()));
    }
    let by_itself = (without > 0).then(|| format!("; {} cannot be mended by itself", plural(without, "finding")));
    let next = (!left.is_empty()).then(|| format!("; {} left for the next time", plural(left.len(), "finding")));
    let rest: String = by_itself.into_iter().chain(next).collect();
    Ok(if which.len() == 1 { Message::Stage(commands, format!("mend: {what}")) } else { Message::ProposeEach(commands, format!("mend {what}{rest}")) })
}

impl Audit {
    /// What is shown.
    fn shown_of<'a>(&self, env: &Env<'a>) -> Vec<Row<'a>> {
        let all = listed(env);
        let counting = all.partition_point(|it| it.found.counts());
        let folds = |it: &&Listed| !self.unfolded && it.found.counts() && it.found.finding.rule.folds();
        let n = all.iter().filter(folds).count();
        let shown = if self.with_accepted { all } else { &all[..counting] };
        let mut rows: Vec<Row<'_>> = shown.iter().filter(|it| !folds(it)).map(|it| Row { it, n: 1 }).collect();
        if let Some(at) = shown.iter().position(|it| folds(&it)) {
            rows.insert(at, Row { it: &shown[at], n });
        }
        rows
    }

    fn row<'a>(&self, env: &Env<'a>, id: i64) -> Option<Row<'a>> {
        self.shown_of(env).into_iter().find(|it| it.id() == id)
    }

    fn item(env: &Env<'_>, at: usize, row: Row<'_>) -> Item {
        let it = row.it;
        let place = Position { fold: String::new(), id: i64::try_from(at).unwrap_or(i64::MAX) };
        let fate = if env.is_saved() { None } else { row.all(env).into_iter().all(|it| is_staged(env, it)).then_some(Fate::Goes) };
        let counts = it.found.counts();
        let trouble = counts && it.found.finding.severity == Severity::High;
        Item { id: row.id(), place, cells: cells(row, env), dim: fate.is_some() || !counts, trouble, fate, beside: false }
    }
}

/// Whether steps do already what mends it.
fn is_staged(env: &Env<'_>, it: &Listed) -> bool {
    let Ok(Ok(commands)) = mends(env, it) else { return false };
    let staged = env.draft.to_save(env.policy);
    let does = |step: &Command, command| step == command || matches!(step, Command::Batch(steps) if steps.contains(command));
    commands.iter().all(|command| staged.iter().any(|step| does(step, command)))
}

impl Kind for Audit {
    const PLACE: &'static Place = PLACE;
    const ON_MARKED: &'static [Action] = &[FIX, ACCEPT, WITHDRAW];
    const ALONE: &'static [Action] = &[ACCEPTED, FOLD_RULE];
    const RELISTS: &'static [Action] = &[ACCEPTED, FOLD_RULE];

    const COLUMNS: &'static [Column] = &[column("finding", 0), column("severity", 8), column("since", 11)];

    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        let all = self.shown_of(env);
        Ok(positions(from, limit, all.len()).map(|at| Audit::item(env, at, all[at])).collect())
    }

    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>> {
        let all = self.shown_of(env);
        Ok(all.iter().position(|row| row.id() == id).map(|at| Audit::item(env, at, all[at])))
    }

    fn total(&self, env: &Env<'_>) -> Result<usize> {
        self.is_made.set(env.findings.is_some());
        Ok(self.shown_of(env).len())
    }

    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        Ok(self.shown_of(env).iter().map(Row::id).collect())
    }

    /// What was found is what the actor sees.
    fn shown(&self, _env: &Env<'_>) -> Result<Option<Shown>> {
        Ok(None)
    }

    /// The rows lie with the screens.
    fn index(_: Reader<'_>, _: &Policy) -> Result<Index> {
        Ok(Index::of([]))
    }

    fn index_here(&self, env: &Env<'_>) -> Option<Index> {
        let words = |row: &Row<'_>| {
            // Whoever looks for somebody finds the line in which they are.
            let sentences = row.all(env).into_iter().map(|it| it.shown.sentence.clone()).chain([row.sentence()]);
            let (found, sentence) = (&row.it.found, sentences.collect::<Vec<_>>().join(" "));
            let (severity, rule) = (found.finding.severity.as_str(), found.finding.rule.id);
            search::row([("finding", sentence.as_str()), ("severity", severity), ("rule", rule), ("key", &found.key)])
        };
        Some(Index::of(self.shown_of(env).iter().map(|row| (row.id(), words(row)))))
    }

    fn keys(&self, env: &Env<'_>, column: &str) -> Result<Keys> {
        let key = |it: &Listed| match column {
            "severity" => By::Number(-(it.found.finding.severity as i64)),
            "since" => By::Number(it.found.finding.since.map_or(i64::MAX, |at| at.timestamp())),
            _ => By::text(&it.shown.sentence),
        };
        Ok(Keys::Here(self.shown_of(env).iter().map(|row| (key(row.it), row.id())).collect()))
    }

    fn empty(&self) -> String {
        if !self.is_made.get() {
            return "looking …".to_owned();
        }
        "nothing is found that would be wrong, as far as that can be told by what is written down".to_owned()
    }

    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let Some(row) = self.row(env, id) else { return Ok(Vec::new()) };
        if row.n > 1 {
            return Ok(folded(&row.all(env), width, theme));
        }
        let it = row.it;
        let (rule, mut page) = (it.found.finding.rule, Vec::new());
        let mut tell = |words: &str, style| page.extend(wrap(words, width).into_iter().map(|it| Line::from(span(&it, style))));
        tell(&it.shown.sentence, theme.text);
        tell(rule.why, theme.hint);
        page.push(Line::default());
        page.push(fact(theme, "severity", it.found.finding.severity.as_str()));
        page.push(fact(theme, "rule", rule.id));
        page.extend(it.found.finding.since.map(|at| fact(theme, "since", &env.policy.zone.show_since(at))));
        let n_evidence = it.shown.held.len() + it.found.finding.besides.len();
        if n_evidence > 0 {
            page.extend([Line::default(), heading(theme, "EVIDENCE")]);
            for (what, how) in evidence(env, it)? {
                page.push(Line::from(vec![span(&what, theme.text), span(&format!("  {how}"), theme.hint)]));
            }
            page.extend(more(n_evidence, theme));
        }
        page.extend([Line::default(), heading(theme, "WHAT MENDS IT")]);
        match &it.shown.mend {
            Ok(mends) => {
                for mend in mends.iter().take(MAX_EVIDENCE) {
                    let words = mending::words(env.db, env.policy, mend)?;
                    page.extend(wrap(&words, width).into_iter().map(|it| Line::from(span(&it, theme.text))));
                }
                page.extend(more(mends.len(), theme));
                page.push(Line::styled(format!("{} stages it, {} reviews and saves", key_of(FIX), key_of(action::SAVE)), theme.hint));
            }
            Err(why) => page.extend(wrap(why, width).into_iter().map(|it| Line::from(span(&it, theme.hint)))),
        }
        Ok(page)
    }

    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>> {
        match action {
            ACCEPTED => self.with_accepted = !self.with_accepted,
            FOLD_RULE => self.unfolded = !self.unfolded,
            _ => return id.map_or(Ok(None), |id| self.act_on(env, id, action)),
        }
        Ok(Some(Vec::new()))
    }

    fn act_on_marked(&mut self, env: &Env<'_>, ids: &[i64], action: Action) -> Result<Option<Vec<Message>>> {
        let ids: HashSet<i64> = ids.iter().copied().collect();
        let marked: Vec<&Listed> = self.shown_of(env).iter().filter(|it| ids.contains(&it.id())).flat_map(|it| it.all(env)).collect();
        Ok(Some(vec![match action {
            FIX => stage(env, &marked, &plural(marked.len(), "finding"))?,
            ACCEPT => accept::open(env, marked.into_iter().cloned().collect()),
            WITHDRAW => withdraw(env, &marked)?,
            _ => return Ok(None),
        }]))
    }
}

impl Audit {
    fn act_on(&self, env: &Env<'_>, id: i64, action: Action) -> Result<Option<Vec<Message>>> {
        let Some(row) = self.row(env, id) else { return Ok(None) };
        let (it, meant) = (row.it, row.all(env));
        let rule = it.found.finding.rule;
        let all = || format!("all that {} found", rule.id);
        Ok(match action {
            FIX if meant.len() == 1 => Some(vec![stage(env, &meant, &it.shown.sentence)?]),
            FIX => Some(vec![stage(env, &meant, &all())?]),
            FIX_RULE => Some(vec![stage(env, &same_rule(env, it), &all())?]),
            ACCEPT => Some(vec![accept::open(env, meant.into_iter().cloned().collect())]),
            WITHDRAW => Some(vec![withdraw(env, &meant)?]),
            action::OPEN if meant.len() > 1 => Some(vec![Message::Complain(format!("it is about several; {} shows each", key_of(FOLD_RULE)))]),
            action::OPEN => Some(vec![subject(it).map_or_else(|| Message::Complain("it is about no single one".to_owned()), Message::Go)]),
            _ => None,
        })
    }
}

/// The first of what makes it a finding: each what it is, and how.
fn evidence(env: &Env<'_>, it: &Listed) -> Result<Vec<(String, String)>> {
    let held = it.shown.held.iter().map(|it| Ok((role_name(env, it.role), place(it.level, &scope_record(env.db, it.scope)?))));
    let besides = it.found.finding.besides.iter().map(|beside| besides(env, &it.found.finding, beside));
    held.chain(besides).take(MAX_EVIDENCE).collect()
}

fn besides(env: &Env<'_>, finding: &Finding, it: &Besides) -> Result<(String, String)> {
    let called = |id: PersonId| Ok::<_, anyhow::Error>(env.db.find::<Person>(id)?.map_or_else(String::new, |it| called(&it)));
    Ok(match it {
        Besides::Right(id) => (right(env, finding, id), id.clone()),
        Besides::Owner(id) => (called(*id)?, "owner".to_owned()),
        Besides::Owns(id, site) => (called(*id)?, format!("owner, {}", scope_record(env.db, Scope::Site(*site))?)),
        Besides::Twin(role) => (role_name(env, *role), "gives the same".to_owned()),
        Besides::Offered { role, level, scope } => {
            (role_name(env, *role), format!("offered, {}", place(*level, &scope_record(env.db, *scope)?)))
        }
    })
}

/// In words, where the catalog of its role has any.
fn right(env: &Env<'_>, finding: &Finding, id: &str) -> String {
    let catalog = finding.role().and_then(|id| env.policy.role(id)).and_then(|it| env.policy.catalog(&it.role.platform));
    catalog.and_then(|it| Some(it.get(it.find(id)?).label.clone())).unwrap_or_else(|| "unknown".to_owned())
}

fn role_name(env: &Env<'_>, id: RoleId) -> String {
    env.policy.role(id).map_or_else(String::new, |it| it.role.name.clone())
}

/// What is of a site says where; at team level that is not all of it.
fn place(level: Level, scope: &ScopeRecord) -> String {
    format!("{}{scope}", if level == Level::Team { "team, " } else { "" })
}

/// All that counts and was found by the same rule.
fn same_rule<'a>(env: &Env<'a>, it: &Listed) -> Vec<&'a Listed> {
    let rule = it.found.finding.rule;
    listed(env).iter().filter(|it| it.found.counts() && it.found.finding.rule == rule).collect()
}

/// What is said of those that are told in one line.
fn folded(which: &[&Listed], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let rule = which.first().map(|it| it.found.finding.rule);
    let mut page: Vec<Line<'static>> = rule.iter().flat_map(|it| wrap(it.why, width)).map(|it| Line::styled(it, theme.hint)).collect();
    page.extend([Line::default(), heading(theme, "WHOM")]);
    for it in which.iter().take(MAX_EVIDENCE) {
        page.extend(wrap(&it.shown.sentence, width).into_iter().map(|it| Line::from(span(&it, theme.text))));
    }
    page.extend(more(which.len(), theme));
    page
}

/// Nobody answers for them any more.
fn withdraw(env: &Env<'_>, which: &[&Listed]) -> Result<Message> {
    let accepted: Vec<&Accepted> = which.iter().filter_map(|it| Some(&it.found.accepted.as_ref()?.row)).collect();
    let key = |it: &&Accepted| Ok(Command::Remove(Key::Accepted(records::accepted(env.db, env.policy, it)?.key())));
    let commands = accepted.iter().map(key).collect::<Result<Vec<_>>>()?;
    Ok(match commands.len() {
        0 => Message::Complain(format!("nobody answers for it; {} does", key_of(ACCEPT))),
        n => Message::ProposeEach(commands, format!("answer no more for {}", plural(n, "finding"))),
    })
}

/// How many are not told of so many.
fn more(n: usize, theme: &Theme) -> Option<Line<'static>> {
    n.checked_sub(MAX_EVIDENCE).filter(|it| *it > 0).map(|it| Line::styled(format!("and {it} more"), theme.hint))
}

/// Where it is about.
fn subject(it: &Listed) -> Option<Journey> {
    let (person, site, role) = (it.found.finding.person(), it.found.finding.site(), it.found.finding.role());
    match (person, site) {
        (Some(person), Some(site)) => Some(Journey::PersonOn(site, person)),
        (Some(person), None) => Some(Journey::Person(person)),
        (None, Some(site)) => Some(Journey::Site(site)),
        (None, None) => role.map(Journey::Role),
    }
}
