//! Colours and shapes by meaning.
//!
//! Shape says what a cell is, colour only repeats it. The background is the terminal's
//! own; nothing depends on a colour being visible.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

const THEMES: &[(&str, &str)] = &[
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

/// Declares the tokens once: a field each, read from the theme file by its name.
macro_rules! tokens {
    ($($name:ident),* $(,)?) => {
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
        }
    };
}

tokens! {
    text, title, border, border_focus, cursor, heading, key, gain, loss, follows, falls, ghost, hint, locked, risk, error, other, good,
}

fn look(words: &HashMap<String, String>, token: &str) -> Result<Style> {
    let text = words.get(token).with_context(|| format!("the theme has no `{token}`"))?;
    text.split_whitespace().try_fold(Style::new(), |style, word| {
        Ok(match word {
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "underline" => style.add_modifier(Modifier::UNDERLINED),
            "reverse" => style.add_modifier(Modifier::REVERSED),
            word => match word.strip_prefix("on-") {
                Some(colour) => style.bg(named(token, colour)?),
                None => style.fg(named(token, word)?),
            },
        })
    })
}

fn named(token: &str, word: &str) -> Result<Color> {
    word.parse().ok().with_context(|| format!("the theme's `{token}` names the unknown colour `{word}`"))
}

impl Theme {
    /// The theme that was asked for, or the one that fits the terminal.
    pub(super) fn choose(asked: Option<&str>, ascii: bool) -> Result<Theme> {
        let name = match asked {
            Some("auto") | None => fitting(),
            Some(name) => name,
        };
        let shapes = if ascii || !unicode_locale() { Shapes::ASCII } else { Shapes::UNICODE };
        let Some((name, text)) = THEMES.iter().find(|(it, _)| *it == name) else {
            let known: Vec<&str> = THEMES.iter().map(|(name, _)| *name).collect();
            bail!("no theme `{name}`; there are: {}", known.join(", "));
        };
        Theme::parse(name, text, shapes)
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// No colour where the user or the terminal says so; light where `COLORFGBG` tells of a light background.
fn fitting() -> &'static str {
    let term = env("TERM").unwrap_or_default();
    if env("NO_COLOR").is_some() || term.starts_with("vt") || term.ends_with("-m") || term.ends_with("-mono") {
        return "mono";
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
        closed: ">",
        rule: "-",
        heavy: "=",
        divider: ["|", "+", "+", "+"],
        arrow: "->",
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
