//! Help: what this is in three sentences, and every key that works here, to look up and to run.

use anyhow::Result;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::query::search;
use crate::tui::action::{self, Action, Entry, Place, actions};
use crate::tui::keymap::{self, key_of};
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span};

actions! {
    PLACE "Help" "Every key that works where you were." {
        CLOSE_HELP "close-help" ["?", "f1"] "" "Close the help";
    }
}

/// What can be done, the keys that do it here, and why whoever acts may not.
struct Row {
    entry: &'static Entry,
    keys: Vec<&'static str>,
    why_not: Option<String>,
}

/// Columns before the words about a key.
const LEAD: usize = 15;

impl Row {
    /// Its keys and these words in one line.
    fn line(&self, words: &str, width: usize) -> String {
        let keys = self.keys.iter().take(2).map(|key| keymap::show(key)).collect::<Vec<_>>().join(" ");
        lines::cell(&format!(" {} {words}", lines::cell(&keys, LEAD - 2)), width)
    }

    /// The same with all of the words, or why it is not done, in as many lines as that takes.
    fn whole(&self, width: usize) -> Vec<String> {
        let words = self.why_not.as_ref().map_or_else(|| self.entry.help.to_owned(), |it| format!("no: {it}"));
        let parts = lines::wrap(&words, width.saturating_sub(LEAD + 1)).into_iter().enumerate();
        parts.map(|(at, it)| if at == 0 { self.line(&it, width) } else { lines::cell(&(" ".repeat(LEAD) + &it), width) }).collect()
    }
}

pub(in crate::tui) struct Help {
    title: &'static str,
    /// What the place is for, and what holds there.
    about: [String; 3],
    rows: Vec<Row>,
    typed: Field,
    at: usize,
    hits: Hits,
}

/// What a place is for, and what holds everywhere.
fn about(place: &Place) -> [String; 3] {
    let (save, yes) = (key_of(action::SAVE), key_of(super::YES));
    let staged = format!("What changes anybody's access is staged: {save} shows it, {yes} there saves it.");
    let undo = key_of(action::UNDO);
    [place.about.to_owned(), staged, format!("Names, contacts, notes are written at once; {undo} takes back any step.")]
}

impl Help {
    pub(in crate::tui) fn new(
        places: &[&'static Place],
        letters_are_text: bool,
        why_not: impl Fn(&Entry) -> Option<String>,
    ) -> Help {
        let place = places.first().copied().unwrap_or(action::EVERYWHERE);
        let lines = keymap::lines(places, letters_are_text).into_iter().filter(|(_, keys)| !keys.is_empty());
        let rows = lines.map(|(entry, keys)| Row { entry, keys, why_not: why_not(entry) }).collect();
        Help { title: place.title, about: about(place), rows, typed: Field::sought(), at: 0, hits: Hits::default() }
    }

    /// With these words about what holds there, and nothing that whoever acts may not do.
    pub(in crate::tui) fn saying(about: [String; 3], places: &[&'static Place]) -> Help {
        Help { about, ..Help::new(places, false, |_| None) }
    }

    fn matching(&self) -> Vec<&Row> {
        let typed = self.typed.text();
        let words = |Row { entry, keys, .. }: &Row| format!("{} {} {}", keys.join(" "), entry.action.id, entry.help);
        self.rows.iter().filter(|it| search::matches(&words(it), &typed)).collect()
    }
}

impl Overlay for Help {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE, action::SEARCHED]
    }

    fn is_text(&self) -> bool {
        true
    }

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        let closes = keymap::resolve(&[PLACE], key).is_some() && self.typed.text().is_empty();
        if closes || !self.typed.key(key) {
            return Ok(None);
        }
        self.at = 0;
        Ok(Some(Vec::new()))
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        self.at = super::found(action, self.at, self.matching().len());
        Ok(match action {
            action::CLOSE | CLOSE_HELP => vec![Message::Close],
            action::TAKE => {
                let run = self.matching().get(self.at).map(|it| match &it.why_not {
                    Some(why) => Message::Complain(why.clone()),
                    None => Message::Perform(it.entry.action),
                });
                [Message::Close].into_iter().chain(run).collect()
            }
            _ => Vec::new(),
        })
    }

    fn paste(&mut self, text: &str) {
        self.typed.paste(text);
        self.at = 0;
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn choose(&mut self, row: usize) {
        self.at = row;
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let all = self.matching();
        let width = area.width.saturating_sub(2).min(136);
        let height = u16::try_from(self.rows.len() + 8).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
        let inside = lines::popup(frame, area, width, height, theme, &format!("Help: {}", self.title));
        let mut page: Vec<Line<'static>> =
            self.about.iter().map(|it| Line::from(span(&format!(" {it}"), theme.text))).collect();
        page.push(Line::default());
        lines::paint(frame, Rect { height: 4.min(inside.height), ..inside }, page);
        let prompt = Rect {
            x: inside.x + 1,
            y: inside.y + 4,
            width: inside.width.saturating_sub(2),
            height: 1.min(inside.height.saturating_sub(4)),
        };
        lines::paint(frame, prompt, vec![Line::from(vec![span("type to search: ", theme.hint)])]);
        self.typed.draw(frame, Rect { x: prompt.x + 16, width: prompt.width.saturating_sub(16), ..prompt }, true, theme.text);
        let room = Rect { y: inside.y + 5, height: inside.height.saturating_sub(5), ..inside };
        let (width, height) = (usize::from(room.width), usize::from(room.height));
        let chosen = all.get(self.at).map_or_else(Vec::new, |it| it.whole(width));
        let top = self.at.saturating_sub(height.saturating_sub(chosen.len().max(1)));
        let rows = all.iter().enumerate().skip(top).flat_map(|(at, it)| {
            let line = |words: &str, style| vec![(at, Line::from(span(words, style)))];
            match (at == self.at, &it.why_not) {
                (true, _) => chosen.iter().flat_map(|it| line(it, theme.cursor)).collect(),
                (false, Some(_)) => line(&it.line(it.entry.help, width), theme.hint),
                (false, None) => line(&it.line(it.entry.help, width), theme.text),
            }
        });
        let (numbers, rows): (Vec<usize>, Vec<Line<'static>>) = rows.take(height).unzip();
        self.hits.begin(inside);
        (room.y..).zip(numbers).for_each(|(y, at)| self.hits.row(Rect { y, height: 1, ..room }, at));
        lines::paint(frame, room, rows);
        lines::below(frame, inside, (all.len() + chosen.len()).saturating_sub(top + height + 1), theme);
    }
}
