//! Invites: what waits for an answer, and what was answered.

use std::cell::{Cell, Ref, RefCell};

use anyhow::Result;
use chrono::{DateTime, Utc};
use ratatui::text::Line;

use super::list::{Kind, Pressing};
use super::list::sorting::Keys;
use crate::command::Command;
use crate::domain::change::Change;
use crate::domain::ids::RequestId;
use crate::domain::life::Request;
use crate::domain::offer::Stage;
use crate::domain::policy::Policy;
use crate::domain::record::OfferKey;
use crate::domain::text;
use crate::domain::things::Site;
use crate::domain::time::{self, Zone};
use crate::facts::Reader;
use crate::query::offers::{self, Kind as OfferKind, OfferRow};
use crate::query::order::Key as By;
use crate::query::rows;
use crate::query::search::{self, Index};
use crate::query::sight::{self, Shown, Sight};
use crate::session::Drafted;
use crate::store::life::Open;
use crate::store::page::{Anchor, Position};
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::overlays::form::{Form, Input, Values};
use crate::tui::overlays::{begin, invite, request};
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Journey, Message, Story};
use crate::tui::widgets::lines::{cell, fact, heading, plural, span, wrap};
use crate::tui::widgets::window::{Column, Item, column, positions};

actions! {
    PLACE "Waiting" "Invitations, requests, hand-overs: all that wait, the newest 200 answered." as Lower {
        RESEND "resend" ["S"] "send again" Step([]) "Send it again: its time begins anew, and the old link is dead";
        CANCEL "cancel" ["x"] "take back" Step([]) "Take back what was sent: its link is dead";
        NEW_OFFER "new-offer" ["n"] "new" Form([InvitePeople, InviteTeam, ManageContacts, TransferSites]) "Begin an invitation, a request, a transfer or a proposal";
        ANSWER "answer" ["A"] "answer" Step([]) "Note their answer: to a request yes or no, to all else a no";
        DECLINE "decline" [] "" Step([]) "Note that whom it was sent to said no";
        APPROVE "approve" [] "" Form([InvitePeople, InviteTeam, ManageContacts]) "Note that the client said yes to a request: to which site, and to what";
        TOKEN "accept" [] "" Form([]) "Say yes with a token, in the name of whoever got it";
    }
}

/// Most offers of one kind that are listed while they wait: more than anybody has.
const MAX_WAITING: usize = 2_000;

/// Most offers of one kind that are listed although they were answered, the newest.
const MAX_ANSWERED: usize = 200;

/// The rows are read at once: those that wait come first, whatever their kind.
#[derive(Default)]
pub(in crate::tui) struct Invites {
    /// With what is staged, and as they are saved.
    rows: RefCell<[Option<Vec<OfferRow>>; 2]>,
    cut: Cell<bool>,
}

/// The row's number in the list: three kinds share it.
pub(in crate::tui) fn number(key: OfferKey) -> i64 {
    match key {
        OfferKey::Invitation(id) => id * 3,
        OfferKey::Request(id) => id * 3 + 1,
        OfferKey::Handover(id) => id * 3 + 2,
    }
}

fn key(number: i64) -> OfferKey {
    let id = number.div_euclid(3);
    match number.rem_euclid(3) {
        0 => OfferKey::Invitation(id),
        1 => OfferKey::Request(id),
        _ => OfferKey::Handover(id),
    }
}

/// The rows, and whether there are more of a kind.
fn read(db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> Result<(Vec<OfferRow>, bool)> {
    let mut rows = offers::list(db, policy, now, Open::Unanswered, MAX_WAITING)?;
    let mut cut = is_full(&rows, MAX_WAITING);
    rows.retain(|it| it.stage == Stage::Pending);
    // Those that wait are among all, and do not push the others out.
    let limit = MAX_ANSWERED + rows.len();
    let others = offers::list(db, policy, now, Open::All, limit)?;
    cut |= is_full(&others, limit);
    rows.extend(others.into_iter().filter(|it| it.stage != Stage::Pending));
    Ok((rows, cut))
}

/// Whether one of the kinds has as many rows as were asked for.
fn is_full(rows: &[OfferRow], limit: usize) -> bool {
    (0..3).any(|kind| rows.iter().filter(|it| number(it.key).rem_euclid(3) == kind).count() >= limit)
}

/// Whether it is sent with the next save: what is laid over the file is numbered below zero.
fn is_staged(row: &OfferRow) -> bool {
    row.key.number() < 0
}

/// Whether it waits, but not once the draft is saved.
fn is_answered_by_draft(env: &Env<'_>, row: &OfferRow) -> Result<bool> {
    if env.is_saved() || row.stage == Stage::Pending {
        return Ok(false);
    }
    let saved = offers::one(env.db, env.policy, env.now, row.key)?;
    Ok(saved.is_some_and(|it| it.stage == Stage::Pending))
}

/// Where it stands, in a word or two.
fn state(row: &OfferRow, zone: Zone, now: DateTime<Utc>) -> String {
    match row.days_left(zone, now) {
        Some(_) if is_staged(row) => "staged".to_owned(),
        Some(0) => "today".to_owned(),
        Some(days) => format!("{days} d left"),
        None => row.word.to_owned(),
    }
}

fn item(at: usize, row: &OfferRow, zone: Zone, now: DateTime<Utc>) -> Item {
    let place = Position { fold: String::new(), id: i64::try_from(at).unwrap_or(i64::MAX) };
    let by = row.by.clone().unwrap_or_default();
    let cells = vec![row.to.clone(), state(row, zone, now), row.kind.as_str().to_owned(), row.places.join(", "), by];
    let trouble = row.stage == Stage::Pending && rows::ends_soon(Some(row.ends), now);
    Item { id: number(row.key), place, cells, dim: row.stage != Stage::Pending, trouble, fate: None, beside: false }
}

fn sorted_by(row: &OfferRow, zone: Zone, now: DateTime<Utc>, column: &str) -> By {
    match column {
        "left" => row.days_left(zone, now).map_or_else(|| By::text(row.word), By::Number),
        "what" => By::text(row.kind.as_str()),
        "where" => By::text(&row.places.join(", ")),
        "by" => By::text(row.by.as_deref().unwrap_or_default()),
        _ => By::text(&row.to),
    }
}

impl Invites {
    fn rows(&self, env: &Env<'_>) -> Result<Ref<'_, [OfferRow]>> {
        let over = |it: &OfferRow| it.stage == Stage::Pending && it.ends <= env.now;
        let at = usize::from(env.is_saved());
        let is_old = self.rows.borrow()[at].as_ref().is_none_or(|rows| rows.iter().any(over));
        if is_old {
            let Drafted { db, policy } = env.drafted;
            let seen = env.sight.offers(db, policy, env.now, MAX_ANSWERED)?.map(|rows| (rows, false));
            let (rows, cut) = seen.map_or_else(|| read(db, policy, env.now), Ok)?;
            self.rows.borrow_mut()[at] = Some(rows);
            self.cut.set(cut);
        }
        Ok(Ref::map(self.rows.borrow(), |it| it[at].as_deref().unwrap_or_default()))
    }
}

/// The numbers of the rows that somebody sees, where that is not all of them.
pub(in crate::tui) fn numbers_shown(sight: &Sight, db: Reader<'_>, policy: &Policy, now: DateTime<Utc>) -> Result<Option<Vec<i64>>> {
    let rows = sight.offers(db, policy, now, MAX_ANSWERED)?;
    Ok(rows.map(|it| it.iter().map(|it| number(it.key)).collect()))
}

fn row(env: &Env<'_>, id: i64) -> Result<Option<OfferRow>> {
    offers::one(env.drafted.db, env.drafted.policy, env.now, key(id))
}

impl Kind for Invites {
    const PLACE: &'static Place = PLACE;
    const COLUMNS: &'static [Column] = &[column("whom", 0), column("left", 9), column("what", 8), column("where", 18), column("by", 20)];

    const TAKES_AWAY: Option<Action> = Some(CANCEL);

    const ALONE: &'static [Action] = &[action::INVITE, NEW_OFFER, TOKEN];

    const ON_MARKED: &'static [Action] = &[CANCEL];

    fn page(&self, env: &Env<'_>, from: &Anchor, limit: usize) -> Result<Vec<Item>> {
        let rows = self.rows(env)?;
        let range = positions(from, limit, rows.len());
        Ok(range.map(|at| item(at, &rows[at], env.policy.zone, env.now)).collect())
    }

    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>> {
        let rows = self.rows(env)?;
        Ok(rows.iter().position(|it| it.key == key(id)).map(|at| item(at, &rows[at], env.policy.zone, env.now)))
    }

    fn total(&self, env: &Env<'_>) -> Result<usize> {
        Ok(self.rows(env)?.len())
    }

    fn pressing(&self, env: &Env<'_>) -> Result<Option<Pressing>> {
        let rows = self.rows(env)?;
        let waiting = rows.iter().filter(|it| it.stage == Stage::Pending && !is_staged(it));
        let soon = waiting.clone().filter(|it| rows::ends_soon(Some(it.ends), env.now));
        let days = soon.filter_map(|it| it.days_left(env.policy.zone, env.now)).min();
        Ok(Some(Pressing { n: waiting.count(), days }))
    }

    fn ids(&self, env: &Env<'_>) -> Result<Vec<i64>> {
        Ok(self.rows(env)?.iter().map(|it| number(it.key)).collect())
    }

    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>> {
        if env.sight.is_whole() {
            return Ok(None);
        }
        Ok(Some(Shown { ids: self.rows(env)?.iter().map(|it| number(it.key)).collect(), why: sight::NO_OFFERS }))
    }

    fn index(db: Reader<'_>, policy: &Policy) -> Result<Index> {
        let words = |it: &OfferRow| {
            let until = it.until.map_or_else(String::new, |at| policy.zone.show_until(at));
            search::row([
                ("to", it.to.as_str()),
                ("kind", it.kind.as_str()),
                ("state", it.word),
                ("role", &it.roles.join(", ")),
                ("place", &it.places.join(", ")),
                ("until", &until),
                ("sent", &policy.zone.day(it.sent)),
                ("by", it.by.as_deref().unwrap_or_default()),
                ("note", &it.note),
                ("remark", it.remark.as_deref().unwrap_or_default()),
            ])
        };
        let (rows, _) = read(db, policy, crate::tui::Clock::of(db)?.now())?;
        Ok(Index::of(rows.iter().map(|it| (number(it.key), words(it)))))
    }

    fn moved(&self, change: &Change) -> Option<i64> {
        match change {
            Change::Invitation(edit) => edit.moved().map(|it| number(OfferKey::Invitation(it.id.0))),
            Change::Request(edit) => edit.moved().map(|it| number(OfferKey::Request(it.id.0))),
            Change::Handover(edit) => edit.moved().map(|it| number(OfferKey::Handover(it.id.0))),
            _ => None,
        }
    }

    fn keys(&self, env: &Env<'_>, column: &str) -> Result<Keys> {
        let rows = self.rows(env)?;
        Ok(Keys::Here(rows.iter().map(|it| (sorted_by(it, env.policy.zone, env.now, column), number(it.key))).collect()))
    }

    fn counted(&self) -> &'static [&'static str] {
        &["left"]
    }

    /// The days that are left to what waits.
    fn counts(&self, env: &Env<'_>, _field: &'static str) -> Result<Keys> {
        let days = |it: &OfferRow| it.days_left(env.policy.zone, env.now).map_or(By::Empty, By::Number);
        Ok(Keys::Here(self.rows(env)?.iter().map(|it| (days(it), number(it.key))).collect()))
    }

    fn is_cut(&self) -> bool {
        self.cut.get()
    }

    fn empty(&self) -> String {
        format!(
            "nothing was sent yet: {} begins an invitation, a request, a transfer or a proposal; {}{} says yes with a token",
            key_of(NEW_OFFER),
            key_of(action::PALETTE),
            TOKEN.id
        )
    }

    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>> {
        let Some(row) = row(env, id)? else { return Ok(Vec::new()) };
        let what = match row.kind {
            OfferKind::Site => "invitation to sites",
            OfferKind::Team => "invitation to the team",
            OfferKind::Request => "request for access",
            OfferKind::Transfer => "transfer of a site",
            OfferKind::Partner => "proposal of the Partner role",
        };
        let mut page = Vec::new();
        let mut tell = |name: &str, value: &str| {
            for (at, line) in wrap(value, width.saturating_sub(10)).iter().enumerate() {
                page.push(fact(theme, if at == 0 { name } else { "" }, line));
            }
        };
        let number = if is_staged(&row) { String::new() } else { format!(" ({})", row.key.number()) };
        tell("what", &format!("{what}{number}"));
        tell("to", &row.to);
        let zone = env.policy.zone;
        let left = row.days_left(zone, env.now).map(|days| {
            if days == 0 { "ends today".to_owned() } else { format!("{} left", plural(days.unsigned_abs().try_into().unwrap_or(0), "day")) }
        });
        let word = if row.stage == Stage::Pending { "waits" } else { row.word };
        if !is_staged(&row) {
            tell("state", &left.map_or_else(|| word.to_owned(), |left| format!("{word}, {left}")));
            let times = if row.sendings == 1 { String::new() } else { format!(", {} times", row.sendings) };
            tell("sent", &format!("{}{times}", time::ago(row.sent, env.now)));
        }
        match row.stage {
            Stage::Pending => tell("ends", &zone.day(row.ends)),
            Stage::Expired => tell("ended", &zone.day(row.ends)),
            // Its time is no matter once it is answered.
            Stage::Accepted | Stage::Declined | Stage::Cancelled => {}
        }
        tell("where", &row.places.join(", "));
        if !row.roles.is_empty() {
            tell("roles", &row.roles.join(", "));
        }
        if let Some(until) = row.until {
            tell("until", &zone.show_until(until));
        }
        if let Some(by) = &row.by {
            tell("by", by);
        }
        if let Some(remark) = &row.remark {
            tell("note", remark);
        }
        if !row.note.is_empty() {
            page.extend([Line::default(), heading(theme, "WORDS SENT ALONG")]);
            page.extend(wrap(&row.note, width).into_iter().map(|it| Line::from(span(&it, theme.text))));
        }
        page.push(Line::default());
        page.extend(wrap(&ways(&row), width).into_iter().map(|it| Line::from(span(&it, theme.hint))));
        Ok(page)
    }

    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>> {
        match action {
            action::INVITE => return Ok(Some(vec![Message::Open(invite::open(env, invite::Start::default()))])),
            NEW_OFFER => return Ok(Some(vec![Message::Open(begin::open())])),
            TOKEN => return Ok(Some(vec![Message::Open(invite::accept())])),
            _ => {}
        }
        let Some(row) = id.map(|id| row(env, id)).transpose()?.flatten() else { return Ok(None) };
        let to = text::display(&row.to).into_owned();
        if matches!(action, RESEND | CANCEL | ANSWER | DECLINE | APPROVE) && (is_staged(&row) || is_answered_by_draft(env, &row)?) {
            return Ok(Some(vec![Message::Complain(staged_words())]));
        }
        Ok(match action {
            RESEND => Some(vec![resend(&row)]),
            CANCEL => Some(vec![Message::Propose(vec![Command::Cancel(row.key)], format!("Take {} to {to} back", row.key))]),
            ANSWER => Some(vec![answer(row)]),
            DECLINE => Some(vec![decline(&row)]),
            APPROVE => Some(vec![approve(env, &row)?]),
            action::OPEN => Some(vec![site(env, &row)?.map_or_else(nowhere, |it| Message::Go(Journey::Site(it.id)))]),
            action::TIMELINE => Some(vec![site(env, &row)?.map_or_else(nowhere, |it| Message::Go(Journey::History(Story::Site(it.id))))]),
            _ => None,
        })
    }

    /// What waits no more cannot be taken back, which the review says of it.
    fn act_on_marked(&mut self, env: &Env<'_>, ids: &[i64], action: Action) -> Result<Option<Vec<Message>>> {
        if action != CANCEL {
            return Ok(None);
        }
        let sent: Vec<Command> =
            self.rows(env)?.iter().filter(|it| ids.contains(&number(it.key)) && !is_staged(it)).map(|it| Command::Cancel(it.key)).collect();
        Ok(Some(vec![if sent.is_empty() {
            Message::Complain(staged_words())
        } else {
            let words = format!("Take back {}", text::plural(sent.len(), "offer"));
            Message::ProposeEach(sent, words)
        }]))
    }

    fn stale(&mut self) {
        *self.rows.get_mut() = [None, None];
    }
}

/// What waits for an answer about one thing, for the page about it; nothing where nothing waits.
pub(super) fn waiting(theme: &Theme, rows: &[OfferRow], zone: Zone, now: DateTime<Utc>) -> Vec<Line<'static>> {
    let pending: Vec<&OfferRow> = rows.iter().filter(|it| it.stage == Stage::Pending).collect();
    if pending.is_empty() {
        return Vec::new();
    }
    let line = |it: &&OfferRow| {
        let what = format!("{}, {}  ", it.kind.as_str(), state(it, zone, now));
        Line::from(vec![span(&cell(&what, 20), theme.text), span(&format!("{} ({})", it.to, it.places.join(", ")), theme.hint)])
    };
    [Line::default(), heading(theme, "WAITS")].into_iter().chain(pending.iter().take(6).map(line)).collect()
}

fn staged_words() -> String {
    format!("it is staged, not saved: {} reviews it, {} takes the last step out", key_of(action::SAVE), key_of(action::UNDO))
}

/// What can be done with it, where it stands.
fn ways(row: &OfferRow) -> String {
    if is_staged(row) {
        return staged_words();
    }
    let [again, back, answer] = [RESEND, CANCEL, ANSWER].map(key_of);
    match (row.stage, row.key) {
        (Stage::Pending, OfferKey::Request(_)) => {
            format!("{answer} notes that the client said yes, or no; {again} asks again, {back} takes it back")
        }
        (Stage::Pending, OfferKey::Invitation(_) | OfferKey::Handover(_)) => {
            format!("{again} sends it again with a new link, {back} takes it back, {answer} notes a no")
        }
        (Stage::Expired, _) => format!("{again} sends it again: its time begins anew"),
        (Stage::Accepted | Stage::Declined | Stage::Cancelled, _) => format!("{} sends a new invitation", key_of(action::INVITE)),
    }
}

fn resend(row: &OfferRow) -> Message {
    let (offer, seen, to) = (row.key, row.sendings, text::display(&row.to));
    let words = match offer {
        OfferKey::Request(_) => format!("Ask {to} once more"),
        OfferKey::Invitation(_) | OfferKey::Handover(_) => format!("Send {offer} to {to} again; its old link is dead then"),
    };
    Message::Propose(vec![Command::Resend { offer, seen, token: None }], words)
}

fn decline(row: &OfferRow) -> Message {
    Message::Propose(vec![Command::Decline(row.key)], format!("Note that {} said no to {}", text::display(&row.to), row.key))
}

/// Yes or no to a request; to what has a link whoever got it says yes themselves.
fn answer(row: OfferRow) -> Message {
    if !matches!(row.key, OfferKey::Request(_)) {
        return decline(&row);
    }
    let inputs = vec![Input::choice("Said", ["yes", "no"].into_iter(), "yes")];
    let title = format!("What did {} say?", text::display(&row.to));
    let build = move |values: &Values<'_>, env: &Env<'_>| {
        let next = if values.is_yes(0) { approve(env, &row) } else { Ok(decline(&row)) };
        Ok(vec![Message::Close, next.map_err(|error| (0, format!("{error:#}")))?])
    };
    Message::Open(Form::open(&title, inputs, build))
}

fn approve(env: &Env<'_>, row: &OfferRow) -> Result<Message> {
    let OfferKey::Request(id) = row.key else {
        let words = format!("only a request is approved; whoever got a link says yes with its token ({}{})", key_of(action::PALETTE), TOKEN.id);
        return Ok(Message::Complain(words));
    };
    let request = env.db.find::<Request>(RequestId(id))?;
    Ok(match request {
        Some(it) if row.stage == Stage::Pending => Message::Open(request::approve(env, &it)?),
        _ => Message::Complain(format!("request {id} is {}", row.word)),
    })
}

/// The first site that it is about.
fn site(env: &Env<'_>, row: &OfferRow) -> Result<Option<Site>> {
    let mut keys = row.places.iter().filter_map(|it| it.strip_prefix("site "));
    keys.find_map(|it| env.db.site_by_key(it).transpose()).transpose()
}

fn nowhere() -> Message {
    Message::Complain("it names no single site".to_owned())
}
