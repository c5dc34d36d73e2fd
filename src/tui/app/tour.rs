//! For whoever is new here: a tour that follows what one does, and a tip at the start, both by the keys in force.

use super::{App, PANES};
use crate::domain::text;
use crate::tui::action;
use crate::tui::keymap::{self, key_of};
use crate::tui::overlays::review;
use crate::tui::panes::{self, audit, matrix};
use crate::tui::view::Pane;

/// Where one is in the tour.
pub(super) struct Tour {
    step: usize,
    /// The site that was selected at its beginning.
    site: Option<i64>,
}

/// One step: what to do, and whether that was done.
struct Step {
    words: fn() -> String,
    is_done: fn(&App, &Tour) -> bool,
}

const STEPS: [Step; 5] = [
    Step {
        words: || {
            format!(
                "{} goes to the sites; {} goes one down, and people and matrix follow",
                panes::key_of_pane(panes::sites::PLACE),
                key_of(action::DOWN)
            )
        },
        is_done: |app, tour| PANES[app.focus] == panes::sites::PLACE && app.panes.sites.selected() != tour.site,
    },
    Step {
        words: || {
            format!(
                "{} goes to the matrix; go to a permission of somebody there that can be switched: below stand the ways",
                panes::key_of_pane(matrix::PLACE)
            )
        },
        is_done: |app, _| PANES[app.focus] == matrix::PLACE && app.panes.matrix.can_switch() || has_staged(app),
    },
    Step {
        words: || {
            format!("{} switches it, here and now only as a proposal: below stands who would gain and lose what", key_of(matrix::TOGGLE))
        },
        is_done: |app, _| has_staged(app),
    },
    Step {
        words: || format!("{} shows what is staged, and would save it", key_of(action::SAVE)),
        is_done: |app, _| app.overlays.last().is_some_and(|it| it.places().contains(&review::PLACE)),
    },
    Step {
        words: || {
            format!("{} goes back, and {} takes the step out again: nothing was written", key_of(action::CLOSE), key_of(action::UNDO))
        },
        is_done: |app, _| app.overlays.is_empty() && !has_staged(app),
    },
];

fn has_staged(app: &App) -> bool {
    !app.world.session.draft().is_empty(&app.world.policy)
}

impl App {
    pub(super) fn begin_tour(&mut self) {
        self.overlays.clear();
        self.toast = None;
        self.tour = Some(Tour { step: 0, site: self.panes.sites.selected() });
    }

    pub(super) fn end_tour(&mut self) {
        self.tour = None;
        self.say(format!("The tour is over; {} shows the keys that work here", key_of(action::HELP)));
    }

    /// Goes on where what was to be done is done.
    pub(super) fn follow_tour(&mut self) {
        let Some(mut tour) = self.tour.take() else { return };
        // The list may not have been read when it began.
        tour.site = tour.site.or(self.panes.sites.selected());
        if STEPS.get(tour.step).is_some_and(|it| (it.is_done)(self, &tour)) {
            tour.step += 1;
        }
        if tour.step < STEPS.len() {
            self.tour = Some(tour);
        } else {
            self.say(format!(
                "That was the tour: {} shows the keys, {} does or finds anything",
                key_of(action::HELP),
                key_of(action::PALETTE)
            ));
        }
    }

    /// What to do next.
    pub(super) fn tour_words(&self) -> Option<String> {
        let tour = self.tour.as_ref()?;
        let step = STEPS.get(tour.step)?;
        Some(format!("Tour {} of {}: {}; {} ends it", tour.step + 1, STEPS.len(), (step.words)(), key_of(action::BACK)))
    }

    /// The first line that is said where there is nothing more pressing.
    pub(super) fn welcome() -> String {
        let matrix = panes::key_of_pane(matrix::PLACE);
        format!("{matrix} is the matrix, where {} switches a permission; {} shows the keys", key_of(matrix::TOGGLE), key_of(action::HELP))
    }

    /// Instead of the welcome, from the second start on: a tip that was not told yet. Who looks at the sample for the
    /// first time is told of the tour.
    pub(super) fn tell_tip(&mut self) {
        if self.toast.as_ref().is_none_or(|it| it.words != App::welcome()) {
            return;
        }
        let first = (!self.remark.is_empty())
            .then(|| format!("New here? {}{} shows in a minute how this works", key_of(action::PALETTE), action::TOUR.id));
        let words = if self.tip == 0 { first } else { tips().nth(self.tip - 1) };
        self.tip += 1;
        match words {
            // Who is new here is not to miss it.
            Some(words) if self.tip == 1 => self.say(words),
            Some(words) => self.greet(&words),
            None => {}
        }
    }

    /// Says something until there is something more pressing.
    pub(super) fn greet(&mut self, words: &str) {
        self.say(words);
        self.greeting = self.toast.as_ref().map(|it| it.words.clone());
    }

    /// The worst that the first audit found, as long as nothing was pressed.
    pub(super) fn tell_worst(&mut self) {
        let greeting = self.greeting.take();
        let is_first = greeting.is_some() && greeting == self.toast.as_ref().map(|it| it.words.clone());
        let worst = self.world.auditor.findings.as_ref().filter(|it| is_first && it.n_high() > 0).and_then(|it| it.listed.first());
        if let Some(sentence) = worst.map(|it| it.shown.sentence.clone()) {
            self.say(format!("{}; {} shows it, and what mends it", text::display(&sentence), panes::key_of_pane(audit::PLACE)));
        }
    }
}

/// A line for each key of each pane, and of all.
fn tips() -> impl Iterator<Item = String> {
    let places = PANES.into_iter().chain([action::LISTS, action::BESIDE, action::EVERY_PANE]);
    places.flat_map(|place| {
        let line = |it: &action::Entry| Some(format!("In {}, {}: {}", place.title, keymap::show(keymap::keys(it).first()?), it.help));
        place.entries.iter().filter_map(line).collect::<Vec<_>>()
    })
}
