//! Colours and shapes by meaning.
//!
//! Shape says what a cell is, colour only repeats it. The background is the terminal's
//! own; nothing depends on a colour being visible.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow, bail};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::domain::suggest::did_you_mean;

/// The theme without colours.
const MONO: &str = "mono";
const THEMES: &[(&str, &str)] = &[
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    (MONO, include_str!("../../assets/themes/mono.toml")),
];

/// Declares the tokens once: a field each, read from the theme file by its name, and what it is the look of.
macro_rules! tokens {
    ($($name:ident $about:literal;)*) => {
        const TOKENS: &[(&str, &str)] = &[$((stringify!($name), $about)),*];

        #[derive(Clone, Debug)]
        pub(super) struct Theme {
            pub(super) shapes: Shapes,
            $(pub(super) $name: Style),*
        }

        impl Theme {
            fn parse(name: &str, text: &str, shapes: Shapes) -> Result<Theme> {
                let words: HashMap<String, String> = toml::from_str(text).with_context(|| format!("reading the theme {name}"))?;
                Ok(Theme { shapes, $($name: look(&words, stringify!($name))?),* })
            }

            /// The same with another look for what has this name.
            pub(super) fn with(mut self, token: &str, style: Style) -> Theme {
                match token {
                    $(stringify!($name) => self.$name = style,)*
                    _ => {}
                }
                self
            }
        }
    };
}

tokens! {
    text "Words";
    title "The name of what has the focus";
    border "Lines between rooms";
    border_focus "The line over what has the focus";
    cursor "The row or the cell under the cursor";
    heading "Headings, and the cursor of what has no focus";
    key "Keys";
    gain "What you add";
    loss "What you take";
    follows "What comes along";
    falls "What goes along";
    ghost "What the key that switches would do";
    hint "What matters less: off, counts, remarks";
    locked "What no role can give here";
    risk "Trouble, what ends soon, acting as somebody";
    error "What was refused";
    other "What somebody else changed just now";
    good "What was done";
}

fn look(words: &HashMap<String, String>, token: &str) -> Result<Style> {
    let text = words.get(token).with_context(|| format!("the theme has no `{token}`"))?;
    style(text).map_err(|words| anyhow!("the theme's `{token}`: {words}"))
}

/// The look that words tell.
///
/// # Errors
/// Which of them tells none.
pub(super) fn style(words: &str) -> Result<Style, String> {
    let colour = |it: &str| it.parse::<Color>().ok();
    words.split_whitespace().try_fold(Style::new(), |style, word| {
        let style = match word {
            "bold" => Some(style.add_modifier(Modifier::BOLD)),
            "dim" => Some(style.add_modifier(Modifier::DIM)),
            "underline" => Some(style.add_modifier(Modifier::UNDERLINED)),
            "reverse" => Some(style.add_modifier(Modifier::REVERSED)),
            word => match word.strip_prefix("on-") {
                Some(word) => colour(word).map(|it| style.bg(it)),
                None => colour(word).map(|it| style.fg(it)),
            },
        };
        style.ok_or_else(|| format!("no look `{word}`; a look is a colour, on-COLOUR, bold, dim, underline, reverse"))
    })
}

/// The name of what has a look.
///
/// # Errors
/// That nothing has it.
pub(super) fn token(name: &str) -> Result<String, String> {
    let known = || TOKENS.iter().map(|it| it.0);
    let hint = || did_you_mean(name, known());
    known().find(|it| *it == name).map(str::to_owned).ok_or_else(|| format!("no colour `{name}`{}", hint()))
}

/// The names of the themes.
pub(super) fn names() -> Vec<&'static str> {
    THEMES.iter().map(|it| it.0).collect()
}

/// What a theme says: names, looks as they are written, and of what; of the first theme, where it names none.
pub(super) fn looks(theme: Option<&str>) -> Vec<(&'static str, String, &'static str)> {
    let text = THEMES.iter().find(|it| Some(it.0) == theme).map_or(THEMES[0].1, |it| it.1);
    let words: HashMap<String, String> = toml::from_str(text).unwrap_or_default();
    TOKENS.iter().map(|(token, about)| (*token, words.get(*token).cloned().unwrap_or_default(), *about)).collect()
}

impl Theme {
    /// The theme that was asked for, or the one that fits the terminal, with these looks in the place of its own where
    /// it has colours at all.
    pub(super) fn colored(asked: Option<&str>, ascii: bool, own: &[(String, Style)]) -> Result<Theme> {
        let theme = Theme::choose(asked, ascii)?;
        let own = if name_of(asked) == MONO { &[] } else { own };
        Ok(own.iter().fold(theme, |theme, (token, style)| theme.with(token, *style)))
    }

    /// The theme that was asked for, or the one that fits the terminal.
    pub(super) fn choose(asked: Option<&str>, ascii: bool) -> Result<Theme> {
        let name = name_of(asked);
        let shapes = if ascii || !unicode_locale() { Shapes::ASCII } else { Shapes::UNICODE };
        let Some((name, text)) = THEMES.iter().find(|(it, _)| *it == name) else {
            let known: Vec<&str> = THEMES.iter().map(|(name, _)| *name).collect();
            bail!("no theme `{name}`; there are: {}", known.join(", "));
        };
        Theme::parse(name, text, shapes)
    }
}

/// Whether it is for the terminal to say what its background is: nobody asked for a theme, and it has colours.
pub(super) fn asks_ground(asked: Option<&str>) -> bool {
    matches!(asked, Some("auto") | None) && fitting() != MONO
}

fn name_of(asked: Option<&str>) -> &str {
    match asked {
        Some("auto") | None => fitting(),
        Some(name) => name,
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// No colour where the user or the terminal says so; light where `COLORFGBG` tells of a light background.
fn fitting() -> &'static str {
    let term = env("TERM").unwrap_or_default();
    if env("NO_COLOR").is_some() || term.starts_with("vt") || term.ends_with("-m") || term.ends_with("-mono") {
        return MONO;
    }
    let background = env("COLORFGBG").and_then(|it| it.rsplit(';').next().and_then(|it| it.parse::<u8>().ok()));
    if matches!(background, Some(7 | 9..=15)) { "light" } else { "dark" }
}

/// UTF-8, and not a locale whose fonts draw these shapes two columns wide.
fn unicode_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|it| env(it)).unwrap_or_default().to_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8");
    utf8 && !["zh", "ja", "ko"].iter().any(|it| locale.starts_with(it)) && env("TERM").as_deref() != Some("linux")
}

/// What a cell looks like, by what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shapes {
    pub(super) granted: &'static str,
    pub(super) implied: &'static str,
    pub(super) off: &'static str,
    pub(super) some: &'static str,
    pub(super) always: &'static str,
    pub(super) ceiling: &'static str,
    pub(super) absent: &'static str,
    pub(super) minus: &'static str,
    pub(super) open: &'static str,
    pub(super) closed: &'static str,
    pub(super) rule: &'static str,
    /// The rule over what has the focus.
    pub(super) heavy: &'static str,
    /// A line from top to bottom: plain, where a rule meets it from the right, from the left, from both.
    pub(super) divider: [&'static str; 4],
    pub(super) arrow: &'static str,
    /// Beside what is sorted by: the smaller first, the larger first.
    pub(super) sorted: [&'static str; 2],
    pub(super) border: border::Set<'static>,
}

impl Shapes {
    pub(super) const UNICODE: Shapes = Shapes {
        granted: "●",
        implied: "○",
        off: "·",
        some: "◐",
        always: "■",
        ceiling: "╳",
        absent: "╌",
        minus: "−",
        open: "▾",
        closed: "▸",
        rule: "─",
        heavy: "━",
        divider: ["│", "├", "┤", "┼"],
        arrow: "→",
        sorted: ["▲", "▼"],
        border: border::ROUNDED,
    };

    pub(super) const ASCII: Shapes = Shapes {
        granted: "X",
        implied: "x",
        off: ".",
        some: "~",
        always: "=",
        ceiling: "/",
        absent: "_",
        minus: "-",
        open: "v",
        closed: "+",
        rule: "-",
        heavy: "=",
        divider: ["|", "+", "+", "+"],
        arrow: "->",
        sorted: ["^", "v"],
        border: border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        },
    };
}
