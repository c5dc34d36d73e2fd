//! A page of text that can be scrolled and copied.

use anyhow::Result;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::exchange::report::Report;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::theme::Theme;
use crate::tui::view::{Card, Env, Message, Overlay, Paint};
use crate::tui::widgets::hits::Hits;
use crate::tui::widgets::lines::{self, span, wrap};
use crate::tui::widgets::scroll::Scroll;

actions! {
    PLACE "Pages" "Words to read and to copy." {
        COPY_PAGE "copy-page" ["Y"] "copy" "Copy the whole page";
        LEAVE_PAGE "leave-page" ["-"] "" "Back to where it was opened";
        WRITE_PAGE "write-page" ["E"] "write out" "Write the page into a file";
    }
}

/// How a line looks, decided before a theme is at hand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Tone {
    Heading,
    Text,
    Good,
    Bad,
    /// What deserves a look: of its words the mark alone stands out.
    Warn,
    Hint,
}

impl Tone {
    pub(in crate::tui) fn style(self, theme: &Theme) -> Style {
        match self {
            Tone::Heading => theme.heading,
            Tone::Text | Tone::Warn => theme.text,
            Tone::Good => theme.gain,
            Tone::Bad => theme.loss,
            Tone::Hint => theme.hint,
        }
    }

    /// Words in this look.
    pub(in crate::tui) fn spans(self, words: &str, theme: &Theme) -> Vec<Span<'static>> {
        match words.split_once('!').filter(|(before, _)| self == Tone::Warn && before.trim().is_empty()) {
            Some((before, rest)) => vec![span(&format!("{before}!"), theme.risk), span(rest, theme.text)],
            None => vec![span(words, self.style(theme))],
        }
    }
}

pub(in crate::tui) struct Sheet {
    title: String,
    lines: Vec<(Tone, String)>,
    scroll: Scroll,
    hits: Hits,
}

impl Sheet {
    pub(in crate::tui) fn new(title: String) -> Sheet {
        Sheet { title, lines: Vec::new(), scroll: Scroll::default(), hits: Hits::default() }
    }

    /// A card in a window of its own.
    pub(in crate::tui) fn of(card: Card, theme: &Theme) -> Sheet {
        let mut sheet = Sheet::new(card.title);
        for line in &card.lines {
            let words: String = line.spans.iter().map(|it| it.content.as_ref()).collect();
            let is_heading = line.spans.iter().all(|it| it.style == theme.heading) && !words.trim().is_empty();
            sheet.say(if is_heading { Tone::Heading } else { Tone::Text }, words);
        }
        sheet
    }

    pub(in crate::tui) fn say(&mut self, tone: Tone, line: impl Into<String>) {
        self.lines.push((tone, line.into()));
    }

    /// The lines, broken to a width.
    fn shown(&self, theme: &Theme, width: usize) -> Vec<Line<'static>> {
        let mut shown: Vec<Line<'static>> = Vec::new();
        for (tone, line) in &self.lines {
            let indent = line.len() - line.trim_start().len();
            for (at, part) in wrap(line.trim_start(), width.saturating_sub(indent + 1)).into_iter().enumerate() {
                let lead = " ".repeat(indent + if at > 0 { 2 } else { 0 } + 1);
                shown.push(Line::from(tone.spans(&format!("{lead}{part}"), theme)));
            }
        }
        shown
    }

    /// The same as a card beside something else.
    pub(in crate::tui) fn card(&self, width: usize, theme: &Theme) -> Card {
        Card { title: self.title.clone(), lines: self.shown(theme, width) }
    }
}

impl Overlay for Sheet {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        if self.scroll.moves(action) {
            return Ok(Vec::new());
        }
        Ok(match action {
            COPY_PAGE => vec![Message::Copy(self.lines.iter().map(|(_, it)| it.clone()).collect())],
            WRITE_PAGE => vec![Message::AskWhere],
            action::CLOSE | LEAVE_PAGE => vec![Message::Close],
            _ => Vec::new(),
        })
    }

    fn hits(&self) -> Option<&Hits> {
        Some(&self.hits)
    }

    /// Its lines; what has a table of its own says so instead.
    fn report(&self) -> Option<Report> {
        let lines = self.lines.iter().map(|it| it.1.trim_end().to_owned()).filter(|it| !it.is_empty());
        Some(Report { title: self.title.clone(), header: vec!["text".to_owned()], rows: lines.map(|it| vec![it]).collect(), ..Report::default() })
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(4).min(92);
        let shown = self.shown(theme, usize::from(width).saturating_sub(4));
        let height = u16::try_from(shown.len() + 2).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
        let inside = lines::popup(frame, area, width, height, theme, &self.title);
        self.hits.begin(inside);
        let hidden = self.scroll.paint(frame, inside, shown);
        lines::below(frame, inside, hidden, theme);
    }
}
