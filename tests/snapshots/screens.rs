//! What every pane and every window looks like, on a small terminal and on a large one.
//!
//! A change that is meant is taken over by `INSTA_UPDATE=always cargo test --lib snapshot`, and read in the diff.

use std::collections::BTreeSet;

use super::*;

pub(super) const SAMPLE: &[u8] = include_bytes!("../../assets/demo/northlight.jsonl");
const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];

/// Every pane and every window, with the keys that lead there.
const SCREENS: &[(&str, &str)] = &[
    ("contacts", "1"),
    ("contacts-filter", "1 / b i k e s"),
    ("contacts-add", "1 n"),
    ("contacts-edit", "1 e"),
    ("contacts-request", "1 I"),
    ("contacts-remove", "1 d"),
    ("sites", "2"),
    ("sites-zoomed", "2 z"),
    ("sites-sorted", "2 , 2 2"),
    ("sites-columns", "2 C down J space"),
    ("sites-add", "2 n"),
    ("sites-give", "2 a"),
    ("sites-edit", "2 e"),
    ("sites-transfer", "2 : t r a n s f e r enter"),
    ("sites-partner", "2 : p a r t n e r enter"),
    ("sites-remove", "2 d"),
    ("sites-invite", "2 i"),
    ("sites-history", "2 e x ctrl-s y T"),
    ("sites-matrix", "2 m"),
    ("collaborators", "3"),
    ("collaborators-of-a-site", "2 enter"),
    ("collaborators-give", "2 enter a"),
    ("collaborators-take", "2 enter down d"),
    ("collaborators-take-all", "2 enter down D"),
    ("collaborators-member", "3 : t e a m enter"),
    ("collaborators-standing", "2 enter down w"),
    ("collaborators-view-as", "2 enter down V"),
    ("collaborators-act-as", "2 enter down V V"),
    ("collaborators-matrix", "2 enter down enter"),
    ("waiting", "4"),
    ("waiting-new", "4 n"),
    ("waiting-token", "4 : a c c e p t enter"),
    ("roles", "5"),
    ("roles-copy", "5 c"),
    ("matrix", "6"),
    ("matrix-of-roles", "5 m"),
    ("matrix-staged", "5 m down space"),
    ("matrix-why", "6 down w"),
    ("matrix-who", "6 down W"),
    ("matrix-columns", "6 C"),
    ("matrix-turned", "6 t"),
    ("review", "5 m down space s"),
    ("letters", "2 : t r a n s f e r enter a n n e l i enter ctrl-s y"),
    ("log", "7"),
    ("log-compare", "7 m"),
    ("as-of-a-day", "2 @"),
    ("as-of-then", "2 @ y e s t e r d a y enter"),
    ("audit", "8"),
    ("audit-staged", "8 f s"),
    ("audit-rights", "8 / n o w h e r e enter"),
    ("reviews-begin", ": r e v i e w s enter"),
    ("reviews", ": r e v i e w s enter s p r i n g ctrl-s"),
    ("reviews-at-work", ": r e v i e w s enter s p r i n g ctrl-s enter space down down down space d"),
    ("reviews-why", ": r e v i e w s enter s p r i n g ctrl-s enter o"),
    ("reviews-finish", ": r e v i e w s enter s p r i n g ctrl-s enter d o F"),
    ("coming-up", ": r e v i e w s enter s p r i n g tab tab tab tab 2 d ctrl-s esc : d u e enter"),
    ("writing-out", "2 E"),
    ("presenting", "5 : p r e s e n t enter"),
    ("presenting-a-comparison", "5 : p r e s e n t enter down down down space space space m"),
    ("presenting-help", "5 : p r e s e n t enter ?"),
    ("palette", ": s t o r e"),
    ("palette-two-words", ": e m i l space i n b o x"),
    ("help", "2 ?"),
    ("help-of-a-form", "1 n f1"),
];

pub(super) fn key(name: &str) -> KeyEvent {
    let code = match name {
        "enter" => KeyCode::Enter,
        "down" => KeyCode::Down,
        "space" => KeyCode::Char(' '),
        "f1" => KeyCode::F(1),
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "ctrl-s" => return KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL),
        letter => KeyCode::Char(letter.parse().unwrap()),
    };
    KeyEvent::from(code)
}

/// A line without what chance and the machine put into it: a secret's letters, and all from the workspace's folder on.
fn plain(line: &str, folder: &str) -> String {
    let is_token = |word: &str| word.len() == 52 && word.chars().all(|c| matches!(c, 'a'..='z' | '2'..='7'));
    let line = line.split(folder).next().unwrap_or_default().trim_end();
    line.split(' ').map(|word| if is_token(word) { "x".repeat(52) } else { word.to_owned() }).collect::<Vec<_>>().join(" ")
}

impl Screens {
    /// The sample on a terminal of this size, after these keys, each pressed when what the one before asked for is there.
    pub(super) fn after_keys((width, height): (u16, u16), keys: &str) -> Screens {
        let mut screens = Screens::of(SAMPLE, "dana@northlight.example");
        screens.app.resize(Size::new(width, height));
        screens.screen = Terminal::new(TestBackend::new(width, height)).unwrap();
        screens.frame();
        for (at, name) in (1..).zip(keys.split(' ')) {
            screens.app.key(&key(name), screens.after(1000 * at));
            screens.frame();
            screens.pass(1000 * at + 500);
        }
        screens.app.dirty = true;
        screens
    }

    /// The last frame, without what every terminal leaves empty.
    fn text(&mut self) -> String {
        // A new one, since the cell behind a wide character keeps what was there before.
        self.screen = Terminal::new(TestBackend::new(self.app.area().width, self.app.area().height)).unwrap();
        let (frame, folder) = (self.frame().unwrap(), self.folder.path().to_str().unwrap());
        let lines = frame.lines().map(|it| it.split("\" Hidden by").next().unwrap_or_default().trim_matches('"'));
        lines.map(|it| plain(it, folder)).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn every_screen_is_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/screens"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut places = BTreeSet::new();
    for (name, keys) in SCREENS {
        let mut texts = Vec::new();
        for size in SIZES {
            let mut screens = Screens::after_keys(size, keys);
            places.extend(screens.app.places().iter().map(|it| it.title));
            texts.push(format!("{}x{} {keys}\n{}", size.0, size.1, screens.text()));
        }
        settings.bind(|| insta::assert_snapshot!(*name, texts.join("\n\n")));
    }
    let left: Vec<_> = crate::tui::places().iter().map(|it| it.title).filter(|it| !places.contains(it)).collect();
    assert!(left.is_empty(), "no screen shows {left:?}");
}
