//! The name of the file that what is on screen is written into, in the status line.

use std::path::{Path, PathBuf};

use anyhow::Result;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{NO, QUESTION, YES};
use crate::domain::text::key_from;
use crate::store::files;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::keymap::key_of;
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::field::Field;
use crate::tui::widgets::lines::span;

actions! {
    PLACE "Writing out" "What is on screen as a file: .md, .csv, .json or .html, as its name ends." {
        WRITE_FILE "write-file" ["enter"] "write" "Write the file";
    }
}

pub(in crate::tui) struct Write {
    name: Field,
    /// Why it was not written.
    fault: Option<String>,
    /// The file that is there already, and is asked about.
    there: Option<PathBuf>,
    /// It is for the receipt of what is saved next.
    is_receipt: bool,
}

impl Write {
    /// Proposes a name made from a title.
    pub(in crate::tui) fn new(title: &str) -> Write {
        Write::proposing(&format!("{}.md", key_from(title)))
    }

    /// The same for a page that whoever gets it looks at.
    pub(in crate::tui) fn page(title: &str) -> Write {
        Write::proposing(&format!("{}.html", key_from(title)))
    }

    fn proposing(name: &str) -> Write {
        let mut name = Field::new(name, false);
        name.propose();
        Write { name, fault: None, there: None, is_receipt: false }
    }

    /// Asks for the name of a receipt; the one that was given before stands there.
    pub(in crate::tui) fn receipt(before: Option<&Path>) -> Write {
        let named = |path: &Path| Write { name: Field::new(&path.display().to_string(), false), ..Write::new("") };
        Write { is_receipt: true, ..before.map_or_else(|| Write::new("receipt"), named) }
    }

    fn path(&self) -> PathBuf {
        files::named(&self.name.text())
    }

    /// Asks whether this file is to be replaced.
    pub(in crate::tui) fn over(path: &Path) -> Write {
        Write { there: Some(path.to_owned()), ..Write::new("") }
    }

    fn line(&self, paint: &Paint<'_>) -> Line<'static> {
        let theme = paint.theme;
        let (words, style) = match (&self.there, &self.fault) {
            (Some(path), _) => (format!(" {} is there already; {} writes over it, {} does not", path.display(), key_of(YES), key_of(NO)), theme.risk),
            (None, Some(fault)) => (format!(" {fault}"), theme.risk),
            (None, None) if self.is_receipt => (" receipt into: ".to_owned(), theme.key),
            (None, None) => (" write into: ".to_owned(), theme.key),
        };
        Line::from(span(&words, style))
    }
}

impl Overlay for Write {
    fn places(&self) -> &'static [&'static Place] {
        if self.there.is_some() { &[QUESTION] } else { &[PLACE] }
    }

    fn is_text(&self) -> bool {
        self.there.is_none()
    }

    fn is_line(&self) -> bool {
        true
    }

    fn text(&mut self, key: &KeyEvent, _env: &Env<'_>) -> Result<Option<Vec<Message>>> {
        if self.there.is_some() || !self.name.key(key) {
            return Ok(None);
        }
        self.fault = None;
        Ok(Some(Vec::new()))
    }

    fn paste(&mut self, text: &str) {
        self.name.paste(text);
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        Ok(match (action, &self.there) {
            (action::CLOSE | NO, _) => vec![Message::Close],
            (YES, Some(path)) => vec![Message::Write(path.clone(), true)],
            (WRITE_FILE, _) if self.is_receipt => vec![Message::Receipt(self.path())],
            (WRITE_FILE, _) => vec![Message::Write(self.path(), false)],
            _ => Vec::new(),
        })
    }

    fn refused(&mut self, sentence: &str) -> bool {
        self.fault = Some(sentence.to_owned());
        true
    }

    fn draw(&self, frame: &mut Frame<'_>, _area: Rect, paint: &Paint<'_>) {
        let whole = frame.area();
        let row = Rect { y: whole.bottom().saturating_sub(2), height: 1, ..whole };
        frame.render_widget(ratatui::widgets::Clear, row);
        let line = self.line(paint);
        let used = u16::try_from(line.width()).unwrap_or(0).min(row.width);
        frame.render_widget(line, row);
        if self.there.is_none() && self.fault.is_none() {
            self.name.draw(frame, Rect { x: row.x + used, width: row.width - used, ..row }, true, paint.theme.text);
        }
    }
}
