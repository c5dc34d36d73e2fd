//! What was sent: every link is shown here once, and never again.

use anyhow::Result;
use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::domain::record::OfferKey;
use crate::domain::text;
use crate::exchange::sending::Sent;
use crate::tui::action::{self, Action, Place, actions};
use crate::tui::view::{Env, Message, Overlay, Paint};
use crate::tui::widgets::lines::{self, plural, span, wrap};

actions! {
    PLACE "Letters sent" "What was sent: every link is shown this once." {
        COPY_LINK "copy-link" ["Y"] "copy this link" "Copy this link";
        COPY_LINKS "copy-links" ["*"] "copy all" "Copy all links, each with whom it is for";
        COPY_MAIL "copy-mail" ["m"] "copy the mail's path" "Copy where the mail lies";
    }
}

/// Letters that a page down goes over.
const MAX_JUMP: usize = 10;

struct Letter {
    offer: OfferKey,
    to: String,
    ends: DateTime<Utc>,
    /// What whoever got it types; nothing answers a request that way.
    link: Option<String>,
    /// Where its mail lies, or why there is none.
    mail: Result<String, String>,
}

pub(in crate::tui) struct Letters {
    all: Vec<Letter>,
    at: usize,
    /// How a line that is copied ends, so that it means this workspace wherever it is typed.
    file: String,
}

impl Letters {
    /// `file` is how a command line ends that means this workspace.
    pub(in crate::tui) fn new(sent: Vec<Sent>, file: &str) -> Letters {
        let letter = |it: Sent| Letter {
            offer: it.row.key,
            to: it.row.to,
            ends: it.row.ends,
            link: it.token.map(|token| format!("rolecall accept {}", token.reveal())),
            mail: it.mail.map(|path| path.display().to_string()).map_err(|error| format!("{error:#}")),
        };
        Letters { all: sent.into_iter().map(letter).collect(), at: 0, file: file.to_owned() }
    }

    /// What to know about the links, if there are any.
    fn warning(&self) -> &'static str {
        if self.all.iter().any(|it| it.link.is_some()) {
            "Whoever has such a line can say yes with it. It is shown this once: copy it now, or send the mail. \
             Sending again makes a new one, and this one dead."
        } else {
            "The mail is written; send it. Note the answer in the list of invites."
        }
    }

    fn lines(&self, at: usize, width: usize, paint: &Paint<'_>) -> Vec<Line<'static>> {
        let (letter, theme) = (&self.all[at], paint.theme);
        let what = format!("  {}, until {}", letter.offer, paint.policy.zone.day(letter.ends));
        let to = lines::cell(&letter.to, width.saturating_sub(text::width(&what)).min(text::width(&text::display(&letter.to))));
        let head = lines::cell(&(to + &what), width);
        let mut page = vec![Line::from(span(&head, if at == self.at { theme.cursor } else { theme.heading }))];
        let link = letter.link.iter().flat_map(|it| lines::chop(it, width));
        page.extend(link.map(|it| Line::from(span(&it, theme.text))));
        let (words, style) = match &letter.mail {
            Ok(path) => (lines::chop(&format!("mail: {path}"), width), theme.hint),
            Err(why) => (wrap(&format!("it stands, but its mail was not written: {why}"), width), theme.error),
        };
        page.extend(words.iter().map(|it| Line::from(span(it, style))));
        page
    }
}

impl Overlay for Letters {
    fn places(&self) -> &'static [&'static Place] {
        &[PLACE]
    }

    fn act(&mut self, action: Action, _env: &Env<'_>) -> Result<Vec<Message>> {
        if let Some(at) = super::moved(action, self.at, MAX_JUMP, self.all.len().saturating_sub(1)) {
            self.at = at;
            return Ok(Vec::new());
        }
        let here = self.all.get(self.at);
        let copied = match action {
            COPY_LINK => here.and_then(|it| it.link.as_ref()).map(|it| vec![format!("{it}{}", self.file)]),
            COPY_LINKS => Some(self.all.iter().filter_map(|it| Some(format!("{}\t{}{}", it.to, it.link.as_ref()?, self.file))).collect()),
            COPY_MAIL => here.and_then(|it| it.mail.clone().ok()).map(|it| vec![it]),
            action::CLOSE => return Ok(vec![Message::Close]),
            _ => None,
        };
        Ok(copied.map(Message::Copy).into_iter().collect())
    }

    fn offers(&self, action: Action) -> bool {
        !matches!(action, COPY_LINK | COPY_LINKS) || self.all.iter().any(|it| it.link.is_some())
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, paint: &Paint<'_>) {
        let theme = paint.theme;
        let width = area.width.saturating_sub(4).min(84);
        let room = usize::from(width).saturating_sub(4);
        let mut page: Vec<Line<'static>> = wrap(self.warning(), room).iter().map(|it| Line::from(span(it, theme.text))).collect();
        page.push(Line::default());
        // As many from the one under the cursor on as there is room for.
        let each: Vec<Vec<Line<'static>>> = (0..self.all.len()).map(|at| self.lines(at, room, paint)).collect();
        let fits = usize::from(area.height).saturating_sub(page.len() + 2);
        let all: usize = each.iter().map(Vec::len).sum();
        let top = if all <= fits { 0 } else { self.at };
        // A link is shown whole or not at all.
        let heights = each.iter().skip(top).scan(0, |used, it| {
            *used += it.len();
            Some(*used)
        });
        let shown = heights.take_while(|used| *used <= fits).count().max(1);
        let hidden = each.len() - top - shown;
        page.extend(each.into_iter().skip(top).take(shown).flatten().take(fits));
        let height = u16::try_from(page.len() + 2).unwrap_or(u16::MAX).min(area.height);
        let inside = lines::popup(frame, area, width, height, theme, &format!("Sent: {}", plural(self.all.len(), "letter")));
        lines::paint(frame, Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }, page);
        lines::below(frame, inside, hidden, theme);
    }
}
