//! Impact: what Space would do, and what is staged: gained and lost, by whom and where.

use std::collections::HashSet;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{App, PANES};
use crate::domain::text;
use crate::query::impact::{self, Impact};
use crate::tui::action;
use crate::tui::keymap::key_of;
use crate::tui::layout::Layout;
use crate::tui::overlays;
use crate::tui::panes;
use crate::tui::view::{Effect, Paint};
use crate::tui::widgets::lines::{self, Title, plural, span};

impl App {
    pub(super) fn draw_impact(&self, frame: &mut Frame<'_>, layout: &Layout, paint: &Paint<'_>) {
        let area = layout.impact;
        if area.height == 0 {
            return;
        }
        let inside = layout.inside_impact();
        if layout.framed.1 {
            lines::title(frame, area, &self.theme, Title { name: "Impact", count: "nothing is written yet", ..Title::default() }, false);
        }
        let page = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
        let width = usize::from(page.width);
        let in_matrix = PANES[self.focus] == panes::matrix::PLACE;
        let pressed = self.panes.matrix.if_pressed(&self.theme, width).filter(|_| in_matrix);
        let room = usize::from(page.height);
        // In a single line what is staged is more than what is not.
        let pressed = pressed.filter(|_| room > 1 || matches!(self.world.effect, Effect::None));
        let room = room.saturating_sub(usize::from(pressed.is_some()));
        let staged = if room > 2 { effect_lines(paint, width) } else { vec![staged_line(paint, width, true)] };
        lines::paint(frame, page, pressed.into_iter().chain(staged.into_iter().take(room)).collect());
    }
}

/// The draft's effect: permissions, people and sites, gained and lost, sensitive ones first.
fn effect_lines(paint: &Paint<'_>, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![staged_line(paint, width, false)];
    let Effect::Known(impact) = paint.effect else { return lines };
    for gain in [true, false] {
        let Some((head, names)) = side(paint, impact, gain) else { continue };
        let room = width.saturating_sub(head.width());
        lines.push(Line::from(vec![head, span(&text::fit(&names, room), paint.theme.text)]));
    }
    if !impact.is_empty() && lines.len() < 3 {
        let more = impact.people.len().saturating_sub(paint.names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let who = format!("WHO  {}{more}", paint.names.join(", "));
        lines.push(Line::from(span(&text::fit(&who, width), paint.theme.hint)));
    }
    lines
}

/// What is gained or lost, if anything is: by how many people on how many sites, and which permissions.
fn side(paint: &Paint<'_>, impact: &Impact, gain: bool) -> Option<(Span<'static>, String)> {
    let (word, style) = if gain { ("GAIN", paint.theme.gain) } else { ("LOSE", paint.theme.loss) };
    let effects: Vec<_> = impact.effects.iter().filter(|it| it.gain == gain).collect();
    let label = |it: &&impact::Effect| {
        let permission = paint.policy.catalog(&it.platform)?.get(it.permission);
        Some(format!("{}{}", if permission.is_sensitive() { "!" } else { "" }, permission.label))
    };
    let people: HashSet<_> = effects.iter().flat_map(|it| &it.people).collect();
    let sites: HashSet<_> = effects.iter().flat_map(|it| &it.sites).collect();
    let head = format!("{word} {} on {}: ", plural(people.len(), "person"), plural(sites.len(), "site"));
    let names = effects.iter().filter_map(label).collect::<Vec<_>>().join(", ");
    (!effects.is_empty()).then(|| (span(&head, style), names))
}

/// How much is staged, and what follows from it; where there is no other line, also to whom.
fn staged_line(paint: &Paint<'_>, width: usize, alone: bool) -> Line<'static> {
    let theme = paint.theme;
    let differences = paint.draft.roles(paint.policy);
    if paint.draft.is_empty(paint.policy) {
        let words = format!("Nothing is staged; {}, and there {}, writes what is.", key_of(action::SAVE), key_of(overlays::YES));
        return Line::styled(words, theme.hint);
    }
    let by_you: usize = differences.iter().map(|(_, it)| it.by_you.len()).sum();
    let follows: usize = differences.iter().map(|(_, it)| it.follows.len()).sum();
    let names = differences
        .iter()
        .filter_map(|(role, it)| Some((paint.policy.catalog(&paint.draft.policy(paint.policy).role(*role)?.role.platform)?, it.follows)));
    let names: Vec<&str> = names.flat_map(|(catalog, set)| set.iter().map(|id| catalog.get(id).label.as_str())).collect();
    let others = paint.draft.count(paint.policy) - by_you;
    let head = match (by_you, others) {
        (_, 0) => format!("{by_you} by you"),
        (0, _) => plural(others, "step"),
        _ => format!("{by_you} by you, {}", plural(others, "step")),
    };
    let mut line = vec![span(&head, theme.gain)];
    if follows > 0 {
        line.extend([span(", ", theme.text), span(&format!("{follows} follow"), theme.follows)]);
    }
    match paint.effect {
        Effect::Counting => line.push(span("   counting whom it touches…", theme.text)),
        Effect::Known(impact) if impact.is_empty() => {
            line.push(span(&format!("   {}nobody gains or loses anything", impact.proviso()), theme.text));
        }
        Effect::Known(impact) if alone => {
            let sides: Vec<_> = [true, false].into_iter().filter_map(|gain| side(paint, impact, gain)).collect();
            let said = line.iter().chain(sides.iter().map(|it| &it.0)).map(Span::width).sum::<usize>() + 3 * sides.len();
            // Of what is to be cut, names of permissions are missed the least.
            let room = width.saturating_sub(said) / sides.len().max(1);
            line.extend(
                sides.into_iter().flat_map(|(head, names)| [span("   ", theme.text), head, span(&text::fit(&names, room), theme.text)]),
            );
        }
        Effect::Known(_) | Effect::None if !names.is_empty() => {
            let room = width.saturating_sub(line.iter().map(Span::width).sum());
            line.push(span(&text::fit(&format!(": {}", names.join(", ")), room), theme.text));
        }
        Effect::Known(_) | Effect::None => {}
    }
    Line::from(line)
}
