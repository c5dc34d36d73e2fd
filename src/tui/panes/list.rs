//! A pane that is a list with a page about the selected row beside it.

use std::collections::HashSet;

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::policy::Policy;
use crate::domain::text;
use crate::facts::Reader;
use crate::query::rights::{Of, Rights};
use crate::query::search::{Index, Query};
use crate::query::sight::Shown;
use crate::store::page::{From, Place as RowPlace};
use crate::tui::action::{self, Action, Place};
use crate::tui::keymap::key_of;
use crate::tui::panes::PANES;
use crate::tui::theme::Theme;
use crate::tui::view::{Env, Message, Paint, Pane, ReadIndex, Rooms};
use crate::tui::widgets::lines;
use crate::tui::widgets::window::{Item, Rows, Step, Window, positions};

/// What a list shows, and what can be done with a row of it.
pub(in crate::tui) trait Kind {
    const PLACE: &'static Place;
    /// Widths of all columns but the first.
    const WIDTHS: &'static [usize];
    /// Rows in list order.
    fn page(&self, env: &Env<'_>, from: &From, limit: usize) -> Result<Vec<Item>>;
    fn find(&self, env: &Env<'_>, id: i64) -> Result<Option<Item>>;
    fn total(&self, env: &Env<'_>) -> Result<usize>;
    /// The rows that the actor may see, where that is not all of them.
    fn shown(&self, env: &Env<'_>) -> Result<Option<Shown>>;
    /// Number and search text of every row, for the filter.
    fn index(db: Reader<'_>, policy: &Policy) -> Result<Index>;
    /// Whose rights `can:` asks about in the filter, if it asks here at all.
    fn rights(&self) -> Option<Of> {
        None
    }
    /// The page about one row.
    fn detail(&self, env: &Env<'_>, id: i64, width: usize, theme: &Theme) -> Result<Vec<Line<'static>>>;
    /// Whether there is more than is listed.
    fn is_cut(&self) -> bool {
        false
    }
    /// What to say where the list is empty.
    fn empty(&self) -> String;
    /// An action on the selected row; `None` where it means nothing here.
    fn act(&mut self, env: &Env<'_>, id: Option<i64>, action: Action) -> Result<Option<Vec<Message>>>;
    /// Something changed: forget what was read.
    fn stale(&mut self) {}
}

#[derive(Default)]
pub(in crate::tui) struct ListPane<K> {
    pub(in crate::tui) kind: K,
    window: Window,
    /// The rows that the actor may see, where that is not all of them.
    shown: Option<Shown>,
    /// Whether that is read, and all below keeps to it.
    keeps_to_shown: bool,
    /// Narrowed by another pane: to whom, and to which rows.
    narrowed: Option<(String, Vec<i64>)>,
    filter: String,
    index: Option<Index>,
    /// The rows that the filter lets through.
    matched: Option<Vec<i64>>,
    /// The filter waits for the index.
    searching: bool,
    page: Option<Page>,
}

/// The page about a row. While the cursor runs it stays behind, so that a key costs no more than its two rows.
struct Page {
    /// The row, and the width that the lines are made for.
    of: (i64, u16),
    title: String,
    lines: Vec<Line<'static>>,
}

/// The kind's rows, or the given ones in their order.
struct Through<'a, K> {
    kind: &'a K,
    env: &'a Env<'a>,
    only: Option<&'a [i64]>,
}

impl<K: Kind> Rows for Through<'_, K> {
    fn page(&self, from: &From, limit: usize) -> Result<Vec<Item>> {
        let Some(ids) = self.only else { return self.kind.page(self.env, from, limit) };
        let range = positions(from, limit, ids.len());
        let rows = range.map(|at| self.at(at, ids[at]));
        rows.filter_map(Result::transpose).collect()
    }

    fn find(&self, id: i64) -> Result<Option<Item>> {
        match self.only {
            None => self.kind.find(self.env, id),
            Some(ids) => ids.iter().position(|it| *it == id).map_or(Ok(None), |at| self.at(at, id)),
        }
    }

    fn total(&self) -> Result<usize> {
        self.only.map_or_else(|| self.kind.total(self.env), |ids| Ok(ids.len()))
    }
}

impl<K: Kind> Through<'_, K> {
    fn at(&self, at: usize, id: i64) -> Result<Option<Item>> {
        let place = RowPlace { fold: String::new(), id: i64::try_from(at)? };
        Ok(self.kind.find(self.env, id)?.map(|item| Item { place, ..item }))
    }
}

impl<K: Kind> ListPane<K> {
    /// Shows only these rows, under this name.
    pub(in crate::tui) fn narrow(&mut self, to: Option<(String, Vec<i64>)>) {
        self.narrowed = to;
        self.keeps_to_shown = false;
        self.filter.clear();
        self.refresh(None);
    }

    pub(in crate::tui) fn is_narrowed(&self) -> bool {
        self.narrowed.is_some()
    }

    /// The same with the filter and the selection kept: what it is narrowed to was read again.
    pub(in crate::tui) fn renarrow(&mut self, to: Option<(String, Vec<i64>)>) {
        self.narrowed = to;
        self.keeps_to_shown = false;
        self.refresh(self.selected());
    }

    fn refresh(&mut self, at: Option<i64>) {
        self.matched = None;
        self.searching = false;
        self.page = None;
        self.window.restart(at);
    }

    /// Leaves out what the actor may not see.
    fn keep_to_shown(&mut self, env: &Env<'_>) -> Result<()> {
        if self.keeps_to_shown {
            return Ok(());
        }
        self.keeps_to_shown = true;
        self.shown = self.kind.shown(env)?;
        let Some(shown) = &self.shown else { return Ok(()) };
        if let Some((_, ids)) = &mut self.narrowed {
            let seen: HashSet<i64> = shown.ids.iter().copied().collect();
            ids.retain(|id| seen.contains(id));
        }
        self.index = self.index.take().map(|it| it.only(&shown.ids));
        if self.matched.is_some() {
            self.match_rows();
        }
        Ok(())
    }

    fn with_rows<T>(&mut self, env: &Env<'_>, work: impl FnOnce(&mut Window, &dyn Rows) -> Result<T>) -> Result<T> {
        self.keep_to_shown(env)?;
        let narrowed = self.narrowed.as_ref().map(|(_, ids)| ids.as_slice());
        let only = self.matched.as_deref().or(narrowed).or(self.shown.as_ref().map(|it| it.ids.as_slice()));
        let rows = Through { kind: &self.kind, env, only };
        work(&mut self.window, &rows)
    }

    /// Finds the rows that the filter lets through; without an index, what was shown stays until there is one.
    fn match_rows(&mut self) {
        self.searching = false;
        if self.filter.trim().is_empty() {
            self.matched = None;
        } else if let Some(index) = self.index.as_ref().filter(|it| self.lacking_rights(it).is_none()) {
            let mut ids = index.matching(&self.filter);
            if let Some((_, narrowed)) = &self.narrowed {
                ids.retain(|id| narrowed.contains(id));
            }
            self.matched = Some(ids);
        } else {
            self.searching = true;
        }
    }

    /// Whose rights the filter asks about and the index does not know.
    fn lacking_rights(&self, index: &Index) -> Option<Of> {
        self.kind.rights().filter(|of| Query::parse(&self.filter).asks_rights() && !index.has_rights(*of))
    }

    /// Paints the list alone: the column on the left.
    fn draw_list(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let block = lines::block(theme, self.border_title(usize::from(area.width)), paint.focused);
        let inside = block.inner(area);
        frame.render_widget(block, area);
        if self.window.total() == 0 {
            let why = self.shown.as_ref().filter(|it| it.ids.is_empty()).map_or_else(|| self.kind.empty(), |it| it.why.to_owned());
            let words = if self.filter.is_empty() { why } else { format!("nothing matches; {} shows all", key_of(action::BACK)) };
            let text = lines::wrap(&words, usize::from(inside.width).saturating_sub(2));
            lines::paint(frame, inside, text.into_iter().map(|line| Line::styled(format!(" {line}"), theme.hint)).collect());
            return;
        }
        self.window.draw(frame, inside, K::WIDTHS, theme, paint.focused);
    }

    /// Paints the page about the selected row.
    fn draw_detail(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let title = self
            .page
            .as_ref()
            .map_or_else(String::new, |it| format!(" {} ", lines::cell(&it.title, usize::from(area.width).saturating_sub(6)).trim_end()));
        let block = lines::block(paint.theme, title, false);
        let inside = block.inner(area);
        frame.render_widget(block, area);
        let page = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        lines::paint(frame, page, self.page.as_ref().map_or_else(Vec::new, |it| it.lines.clone()));
    }

    /// The name of what it is narrowed to gives way to the rest.
    fn border_title(&self, width: usize) -> String {
        let key = PANES.iter().position(|it| *it == K::PLACE).map_or(0, |at| at + 1);
        let filter = if self.filter.is_empty() { String::new() } else { format!(" /{}", text::fit(&self.filter, 12)) };
        let total = if self.searching { "…".to_owned() } else { self.window.total().to_string() };
        let total = if self.kind.is_cut() { format!("{total}+") } else { total };
        let (head, tail) = (format!(" {key} {}", K::PLACE.title), format!("{filter} {total} "));
        let room = width.saturating_sub(text::width(&head) + text::width(&tail) + " of ".len() + 2);
        let of = self.narrowed.as_ref().map_or_else(String::new, |(name, _)| format!(" of {}", text::fit(&text::display(name), room)));
        format!("{head}{of}{tail}")
    }
}

impl<K: Kind> Pane for ListPane<K> {
    fn act(&mut self, action: Action, env: &Env<'_>) -> Result<Vec<Message>> {
        let step = match action {
            action::UP => Step::Rows(-1),
            action::DOWN => Step::Rows(1),
            action::PAGE_UP => Step::Pages(-1),
            action::PAGE_DOWN => Step::Pages(1),
            action::HALF_UP => Step::HalfPages(-1),
            action::HALF_DOWN => Step::HalfPages(1),
            action::TOP => Step::Top,
            action::BOTTOM => Step::Bottom,
            action::BACK if !self.filter.is_empty() => {
                self.filter("");
                return Ok(Vec::new());
            }
            action::BACK => {
                let keep = self.selected();
                self.narrowed = None;
                self.refresh(keep);
                return Ok(Vec::new());
            }
            action::COPY => {
                let text = self.window.selected().map(|it| it.cells[0].clone());
                return Ok(text.map(|it| Message::Copy(vec![it])).into_iter().collect());
            }
            other => {
                let id = self.selected();
                return Ok(self.kind.act(env, id, other)?.unwrap_or_default());
            }
        };
        self.with_rows(env, |window, rows| window.go(step, rows))?;
        Ok(Vec::new())
    }

    fn offers(&self, action: Action) -> bool {
        action != action::BACK || !self.filter.is_empty() || self.narrowed.is_some()
    }

    fn filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        let before = self.matched.take();
        self.match_rows();
        if self.searching {
            self.matched = before;
        } else {
            self.window.restart(self.selected());
        }
    }

    fn filter_text(&self) -> &str {
        &self.filter
    }

    fn selected(&self) -> Option<i64> {
        self.window.wanted()
    }

    /// Selects a row, leaving filter and narrowing if they hide it.
    fn select(&mut self, id: i64) {
        self.filter.clear();
        if self.narrowed.as_ref().is_some_and(|(_, ids)| !ids.contains(&id)) {
            self.narrowed = None;
        }
        self.refresh(Some(id));
    }

    fn lacks(&self) -> Option<ReadIndex> {
        let lacking = self.index.as_ref().map(|it| self.lacking_rights(it));
        let of = match lacking {
            Some(None) => return None,
            Some(of) => of,
            None => self.kind.rights().filter(|_| Query::parse(&self.filter).asks_rights()),
        };
        Some(Box::new(move |db, policy, sight, now| {
            let index = K::index(db, policy)?;
            Ok(match of {
                Some(of) => index.with_rights(Rights::read(db, policy, sight, now, of)?),
                None => index,
            })
        }))
    }

    fn give(&mut self, index: Index) {
        self.index = Some(index);
        self.keeps_to_shown = false;
        let was_filtered = self.matched.is_some();
        self.match_rows();
        match (was_filtered, self.matched.is_some()) {
            (true, true) => self.window.stale(),
            (false, true) | (true, false) => self.window.restart(self.selected()),
            (false, false) => {}
        }
    }

    fn is_searching(&self) -> bool {
        self.searching
    }

    fn load(&mut self, rooms: &Rooms, env: &Env<'_>, theme: &Theme) -> Result<()> {
        self.keep_to_shown(env)?;
        if self.matched.is_none() {
            self.match_rows();
        }
        let height = usize::from(rooms.list.height).saturating_sub(2);
        self.with_rows(env, |window, rows| window.load(height, rows))?;
        self.load_page(rooms.detail, env, theme)
    }

    fn stale(&mut self) {
        self.kind.stale();
        self.keeps_to_shown = false;
        self.index = None;
        self.searching = self.matched.is_some();
        self.page = None;
        self.window.stale();
    }

    fn draw(&self, frame: &mut Frame<'_>, rooms: &Rooms, paint: &Paint<'_>) {
        self.draw_list(frame, rooms.list, paint);
        self.draw_detail(frame, rooms.detail, paint);
    }
}

impl<K: Kind> ListPane<K> {
    /// Reads the page about the selected row, if it is not the one at hand and the cursor rests.
    fn load_page(&mut self, area: Rect, env: &Env<'_>, theme: &Theme) -> Result<()> {
        let Some(row) = self.window.selected() else {
            self.page = None;
            return Ok(());
        };
        let of = (row.id, area.width);
        if self.page.as_ref().is_some_and(|it| it.of == of || !env.rests) {
            return Ok(());
        }
        let lines = self.kind.detail(env, row.id, usize::from(area.width).saturating_sub(4), theme)?;
        self.page = Some(Page { of, title: row.cells[0].clone(), lines });
        Ok(())
    }
}
