//! What records would do that are written as they are, before they are.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::query::impact::Impact;
use crate::tui::action::{self, Action, Place};
use crate::tui::keymap::key_of;
use crate::tui::overlays::review::impact_words;
use crate::tui::overlays::sheet::Tone;
use crate::tui::overlays::{NO, QUESTION, YES};
use crate::tui::view::{Env, Message, Overlay, Paint, Work};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span, wrap};
use crate::tui::widgets::scroll::Scroll;

/// Whom records touch, with the names of the first; no effect where there is too much to count.
type Touched = (Option<Impact>, Vec<String>);

pub(super) struct Preview {
    title: String,
    lines: Vec<(Tone, String)>,
    /// Nothing where they change nobody's access.
    touched: Option<Touched>,
    write: Box<dyn Fn() -> Work>,
    scroll: Scroll,
    hits: Hits,
}

impl Preview {
    pub(super) fn new(title: String, lines: Vec<(Tone, String)>, touched: Option<Touched>, write: Box<dyn Fn() -> Work>) -> Preview {
        Preview { title, lines, touched, write, scroll: Scroll::default(), hits: Hits::default() }
    }

    fn page(&self, paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
        let theme = paint.theme;
        let broken = |(tone, line): &(Tone, String)| -> Vec<Line<'static>> {
            wrap(line, width).into_iter().map(|it| Line::from(tone.spans(&it, theme))).collect()
        };
        let mut page: Vec<Line<'static>> = self.lines.iter().flat_map(broken).collect();
        page.push(Line::default());
        match &self.touched {
            Some((Some(impact), names)) if !impact.is_empty() => page.extend(impact_words(paint.policy, theme, impact, names, width)),
            Some((None, _)) => page.push(Line::styled("It touches too many people and sites to count here.", theme.risk)),
            Some(_) | None => page.push(Line::styled("Nobody gains or loses any access by it.", theme.text)),
        }
        page
    }
}

impl Overlay for Preview {
    fn places(&self) -> &'static [&'static Place] {
        &[QUESTION]
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        if self.scroll.moves(action) {
            return Ok(Vec::new());
        }
        Ok(match action {
            YES => vec![Message::Close, Message::Work((self.write)())],
            NO | action::CLOSE => vec![Message::Close],
            _ => Vec::new(),
        })
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(2).min(96);
        let page = self.page(paint, usize::from(width).saturating_sub(4));
        let height = u16::try_from(page.len() + 4).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
        let inside = lines::popup(frame, area, width, height, theme, &self.title);
        let room = inside.height.saturating_sub(2);
        let body = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), height: room, ..inside };
        let hidden = self.scroll.paint(frame, body, page);
        lines::below(frame, inside, hidden, theme);
        let yes = [span(&format!("   {}", key_of(YES)), theme.key), span(" write it, as one entry", theme.text)];
        let answers: Vec<_> = std::iter::once(span("[ Back ]", theme.cursor)).chain(yes).collect();
        let foot = Rect { y: inside.bottom().saturating_sub(1), height: 1, ..body };
        self.hits.begin(inside);
        self.hits.buttons(foot, &answers, &[(1, NO), (2, YES)]);
        lines::paint(frame, foot, vec![Line::from(answers)]);
        frame.set_cursor_position(foot.as_position());
    }
}
