//! The configuration file: what it may say, what it says, and what is wrong with it, on which line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use chrono::TimeDelta;
use etcetera::BaseStrategy;
use ratatui::style::Style;
use serde::Deserialize;
use toml::{Spanned, Table};

use super::action::{self, Entry, Place};
use super::keymap::{self, Bindings};
use super::overlays::{WINDOWS, desk};
use super::panes::{PANES, Panes};
use super::theme;
use super::view::{Arrangement, DOWN, Pane};
use crate::domain::suggest::did_you_mean;
use crate::session::settings::Settings;

/// What is set, checked.
#[derive(Clone, Debug)]
pub(super) struct Config {
    /// A theme by its name, where it is not for the terminal to say.
    pub(super) theme: Option<String>,
    /// Looks that are other than the theme's.
    pub(super) colors: Vec<(String, Style)>,
    pub(super) keys: Bindings,
    /// How the list of each pane is arranged where nothing else was chosen.
    pub(super) lists: Vec<Arrangement>,
    /// The pane to begin with, where it is not the one where one was.
    pub(super) start: Option<usize>,
    /// Keys that come closer than this are a run.
    pub(super) run: TimeDelta,
    pub(super) mouse: bool,
    pub(super) tips: bool,
}

impl Default for Config {
    fn default() -> Config {
        let run = TimeDelta::milliseconds(150);
        Config { theme: None, colors: Vec::new(), keys: Bindings::default(), lists: Vec::new(), start: None, run, mouse: false, tips: true }
    }
}

/// The keys of an action, as they are written.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a key as \"x\", several as [\"x\", \"y\"], or false")]
enum Given {
    One(String),
    Several(Vec<String>),
    On(bool),
}

/// Declares the settings once: what of each is read, its default as it is written, and what it does.
macro_rules! settings {
    ($($name:ident: $type:ty = $default:literal $about:literal;)*) => {
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Written {
            $($name: Option<Spanned<$type>>,)*
            columns: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
            sort: BTreeMap<Spanned<String>, Spanned<String>>,
            colors: BTreeMap<Spanned<String>, Spanned<String>>,
            keys: BTreeMap<Spanned<String>, Spanned<Given>>,
        }

        const SETTINGS: &[(&str, &str, &str)] = &[$((stringify!($name), $default, $about)),*];
    };
}

settings! {
    theme: String = "\"auto\"" "Colours of the screens: auto (what fits the terminal), dark, light, mono";
    start: String = "\"last\"" "The pane that opens first: last (where you were), or one by its title: contacts, sites, …";
    run: u16 = "150" "Keys that come closer than so many milliseconds are a run: all but the list waits for its end";
    mouse: bool = "false" "A click selects, a second one opens, the right button shows the keys, the wheel moves";
    tips: bool = "true" "A line at the start that tells of a key, another one each time";
}

/// The shortest and the longest run that is one.
const RUNS: std::ops::RangeInclusive<u16> = 20..=1000;

/// What is wrong, and where in the text.
struct Fault {
    at: Range<usize>,
    words: String,
}

/// Reads what a file says.
///
/// # Errors
/// All that is wrong with it, each with its line and key.
fn read(text: &str) -> Result<Config, Vec<String>> {
    let written: Written = toml::from_str(text).map_err(|it| vec![told(text, &misread(&it))])?;
    let mut faults = Vec::new();
    let mut config = Config::default();
    let named = |it: &Option<Spanned<String>>, unset: &str| it.clone().filter(|it| it.get_ref() != unset);
    config.theme = named(&written.theme, "auto").and_then(|it| checked(&mut faults, &it, theme_named(it.get_ref())));
    config.start = named(&written.start, "last").and_then(|it| checked(&mut faults, &it, pane_named(it.get_ref())));
    if let Some(run) = &written.run {
        let limits = || format!("between {} and {} milliseconds are a run", RUNS.start(), RUNS.end());
        let run = checked(&mut faults, run, RUNS.contains(run.get_ref()).then_some(*run.get_ref()).ok_or_else(limits));
        config.run = run.map_or(config.run, |it| TimeDelta::milliseconds(it.into()));
    }
    config.lists = arrangements(&written, &mut faults);
    config.mouse = written.mouse.is_some_and(Spanned::into_inner);
    config.tips = written.tips.is_none_or(Spanned::into_inner);
    for (token, words) in &written.colors {
        let known = checked(&mut faults, token, theme::token(token.get_ref()));
        let style = checked(&mut faults, words, theme::style(words.get_ref()));
        config.colors.extend(known.zip(style));
    }
    config.keys = bindings(&written.keys, &mut faults);
    if faults.is_empty() { Ok(config) } else { Err(faults.iter().map(|it| told(text, it)).collect()) }
}

/// The value, or a fault more.
fn checked<T, W>(faults: &mut Vec<Fault>, written: &Spanned<W>, value: Result<T, String>) -> Option<T> {
    value.map_err(|words| faults.push(Fault { at: written.span(), words })).ok()
}

/// Of what the parser says, the word that it does not know with the nearest that it does.
fn misread(error: &toml::de::Error) -> Fault {
    let said = error.message();
    let words = match said.split('`').collect::<Vec<_>>().as_slice() {
        ["unknown field ", name, rest @ ..] => unknown("setting", name, &rest.iter().skip(1).step_by(2).copied().collect::<Vec<_>>()),
        _ => said.lines().collect::<Vec<_>>().join(", "),
    };
    Fault { at: error.span().unwrap_or_default(), words }
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let near = did_you_mean(name, known);
    let hint = if near.is_empty() { format!("; there are {}", known.join(", ")) } else { near };
    format!("no {kind} `{name}`{hint}")
}

/// `line 3: mouse: …`.
fn told(text: &str, fault: &Fault) -> String {
    let from = fault.at.start.min(text.len());
    let above = text[..from].matches('\n').count();
    // A value may stand in several lines; its key is in the first.
    let lines: Vec<&str> = text.lines().collect();
    let keyed = lines.iter().take(above + 1).rev().find_map(|it| it.split_once('=')).map(|it| it.0.trim());
    format!("line {}: {}{}", above + 1, keyed.map_or_else(String::new, |it| format!("{it}: ")), fault.words)
}

fn theme_named(name: &str) -> Result<String, String> {
    let known = theme::names();
    known.contains(&name).then(|| name.to_owned()).ok_or_else(|| unknown("theme", name, &[known, vec!["auto"]].concat()))
}

fn pane_named(name: &str) -> Result<usize, String> {
    let titles = PANES.map(|it| it.title.to_lowercase());
    let known: Vec<&str> = titles.iter().map(String::as_str).chain(["last"]).collect();
    titles.iter().position(|it| it == name).ok_or_else(|| unknown("pane", name, &known))
}

// ---- lists ----

/// What a list is sorted by where it keeps its own order.
const OWN_ORDER: &str = "own";

/// A pane with a table: its place among the panes, its name here, and the names of its columns.
struct List {
    at: usize,
    name: String,
    columns: Vec<&'static str>,
}

fn lists() -> Vec<List> {
    let panes = Panes::default();
    let list = |(at, pane): (usize, &dyn Pane)| List { at, name: PANES[at].title.to_lowercase(), columns: pane.all_columns() };
    panes.all().into_iter().enumerate().map(list).filter(|it| !it.columns.is_empty()).collect()
}

/// Those that can be sorted.
fn sorted_lists() -> Vec<List> {
    let sorts = |it: &List| action::around(PANES[it.at]).contains(&action::LISTS);
    lists().into_iter().filter(sorts).collect()
}

fn arrangements(written: &Written, faults: &mut Vec<Fault>) -> Vec<Arrangement> {
    let mut found = vec![Arrangement::default(); PANES.len()];
    let known = lists();
    for (list, names) in &written.columns {
        let Some(list) = checked(faults, list, list_named(&known, "list", list.get_ref())) else { continue };
        let mut columns: Vec<String> = Vec::new();
        for name in names {
            let twice = columns.contains(name.get_ref()).then(|| format!("`{}` stands there twice", name.get_ref()));
            let named = column_named(list, name.get_ref()).and_then(|it| twice.map_or(Ok(it), Err));
            columns.extend(checked(faults, name, named));
        }
        // The first is always there, said or not.
        columns.retain(|it| it != list.columns[0]);
        columns.insert(0, list.columns[0].to_owned());
        found[list.at].columns = Some(columns);
    }
    let known = sorted_lists();
    for (list, by) in &written.sort {
        let Some(list) = checked(faults, list, list_named(&known, "list to sort", list.get_ref())) else { continue };
        let is_own = by.get_ref() == OWN_ORDER;
        let named = column_named(list, by.get_ref().strip_prefix(DOWN).unwrap_or(by.get_ref())).map(|_| by.get_ref().clone());
        found[list.at].sort = if is_own { None } else { checked(faults, by, named).map(|it| vec![it]) };
    }
    found
}

fn list_named<'a>(known: &'a [List], kind: &str, name: &str) -> Result<&'a List, String> {
    let names: Vec<&str> = known.iter().map(|it| it.name.as_str()).collect();
    known.iter().find(|it| it.name == name).ok_or_else(|| unknown(kind, name, &names))
}

fn column_named(list: &List, name: &str) -> Result<String, String> {
    list.columns.contains(&name).then(|| name.to_owned()).ok_or_else(|| unknown("column", name, &list.columns))
}

// ---- keys ----

/// An action whose keys are given, and where.
struct Bound<'a> {
    entry: &'static Entry,
    at: &'a Spanned<String>,
}

fn bindings(written: &BTreeMap<Spanned<String>, Spanned<Given>>, faults: &mut Vec<Fault>) -> Bindings {
    let mut own = Bindings::default();
    let mut bound = Vec::new();
    for (id, given) in written {
        let entry = checked(faults, id, entry_named(id.get_ref()));
        let Some(entry) = entry else { continue };
        let Some(keys) = checked(faults, given, keys_of(entry, given.get_ref())) else { continue };
        own.add(entry.action, keys);
        bound.push(Bound { entry, at: id });
    }
    bound.sort_by_key(|it| it.at.span().start);
    faults.extend(clashes(&own, &bound));
    own
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    super::places().into_iter().flat_map(|it| it.entries)
}

fn entry_named(id: &str) -> Result<&'static Entry, String> {
    let hint = || did_you_mean(id, entries().map(|it| it.action.id));
    entries().find(|it| it.action.id == id).ok_or_else(|| format!("no action `{id}`{}; `rolecall config` lists them", hint()))
}

fn keys_of(entry: &Entry, given: &Given) -> Result<Vec<&'static str>, String> {
    // What numbers a list keeps its number.
    let read = |key: &String| entry.keys.iter().find(|it| *it == key).map_or_else(|| keymap::read(key), |it| Ok(*it));
    match given {
        Given::One(key) => Ok(vec![read(key)?]),
        Given::Several(keys) => keys.iter().map(read).collect(),
        Given::On(false) => Ok(Vec::new()),
        Given::On(true) => Err("true is no key; leave the line out for the default".to_owned()),
    }
}

/// Places whose keys hold at the same time.
fn together() -> impl Iterator<Item = Vec<&'static Place>> {
    let panes = PANES.into_iter().map(action::around);
    // Where letters are text, those that hold everywhere have none: windows are looked at by themselves.
    let windows = WINDOWS.iter().chain(&[action::SEARCHED]).map(|it| vec![*it, action::EVERY_WINDOW]);
    let paged = vec![desk::PLACE, action::BESIDE, action::EVERY_WINDOW];
    panes.chain(windows).chain([paged, vec![action::TYPED_FILTER], vec![action::SORT_LINE]])
}

/// Keys that would mean two things in one place, told where the file says the later of the two.
fn clashes(own: &Bindings, bound: &[Bound<'_>]) -> Vec<Fault> {
    let mut found: Vec<Fault> = Vec::new();
    for places in together() {
        let all = || places.iter().flat_map(|it| it.entries);
        for (n, Bound { entry, at }) in bound.iter().enumerate() {
            let is_later = |it: &Entry| bound.iter().skip(n + 1).any(|later| later.entry.action == it.action);
            let meets = |it: &&'static Entry| {
                it.action != entry.action && !is_later(it) && own.keys(it).iter().any(|key| own.keys(entry).contains(key))
            };
            let Some(other) = all().any(|it| it.action == entry.action).then(|| all().find(meets)).flatten() else { continue };
            let key = own.keys(entry).iter().find(|it| own.keys(other).contains(it)).map_or_else(String::new, |it| keymap::show(it));
            let words = format!("{key} is {} too, in {}; give one of the two another key, or false", other.action.id, places[0].title);
            if !found.iter().any(|it| it.at == at.span()) {
                found.push(Fault { at: at.span(), words });
            }
        }
    }
    found
}

// ---- the file ----

/// Largest file of settings that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

fn path() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("rolecall").join("config.toml"))
}

/// What the file says; nothing where there is none.
fn text(file: &PathBuf) -> Result<Option<String>, String> {
    let what = match fs::metadata(file) {
        Ok(what) => what,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    // Nobody waits for the other end of a pipe, or for the end of what has none.
    if !what.is_file() || what.len() > MAX_FILE {
        return Err(format!("is no file of at most {} KiB", MAX_FILE >> 10));
    }
    fs::read_to_string(file).map(Some).map_err(|error| format!("cannot be read: {error}"))
}

/// What is set, and what is wrong with it: then the defaults hold.
pub(super) fn load() -> (Config, Vec<String>) {
    let Some(file) = path() else { return Default::default() };
    let read = text(&file).map_err(|it| vec![it]).and_then(|text| text.map_or_else(|| Ok(Config::default()), |it| read(&it)));
    match read {
        Ok(config) => (config, Vec::new()),
        Err(faults) => (Config::default(), faults.iter().map(|it| format!("{} {it}", file.display())).collect()),
    }
}

/// The settings in force, for whoever asks about them.
pub fn in_force() -> Settings {
    let (file, faults) = (path(), load().1);
    let text = file.as_ref().and_then(|it| text(it).ok().flatten());
    let set = text.as_deref().filter(|_| faults.is_empty()).and_then(|it| it.parse::<Table>().ok()).unwrap_or_default();
    Settings { is_there: text.is_some(), page: page(&set), file, faults }
}

/// All settings with their defaults, and those that are set.
fn page(set: &Table) -> String {
    let mut page = "# Settings of the screens. A line that begins with # is the default: take the # away and change it.\n".to_owned();
    for (name, default, about) in SETTINGS {
        let _ = write!(page, "\n# {about}\n{}\n", said(set, name, default));
    }
    let section = |name: &str| set.get(name).and_then(toml::Value::as_table).cloned().unwrap_or_default();
    page += "\n# The columns of a list in their order; the first is always there, a narrow window leaves out the last ones.\n[columns]\n";
    for it in lists() {
        page += &line(&section("columns"), &it.name, &several(&it.columns), "");
    }
    page +=
        "\n# By which column a list is sorted: \"people\", or \"-people\" the larger one first; own is as it stands by itself.\n[sort]\n";
    for it in sorted_lists() {
        page += &line(&section("sort"), &it.name, &quoted(OWN_ORDER), "");
    }
    page += "\n# What things look like: a colour, on-COLOUR, bold, dim, underline, reverse; not where the theme is mono.\n[colors]\n";
    let theme = set.get("theme").and_then(toml::Value::as_str);
    for (token, look, about) in theme::looks(theme) {
        page += &line(&section("colors"), token, &quoted(&look), about);
    }
    page += "\n# A key, or several as [\"x\", \"ctrl-x\"], the first of which is shown; false switches one off.\n[keys]\n";
    for place in super::places() {
        let _ = write!(page, "\n# {}\n", place.title);
        for it in place.entries {
            let keys = if let [key] = it.keys { quoted(key) } else { several(it.keys) };
            page += &line(&section("keys"), it.action.id, &keys, it.help);
        }
    }
    page
}

/// As it is set, or the default behind a `#`.
fn said(set: &Table, name: &str, default: &str) -> String {
    set.get(name).map_or_else(|| format!("#{name} = {default}"), |it| format!("{name} = {it}"))
}

/// A line with what it is about; of what is set, with its default too.
fn line(set: &Table, name: &str, default: &str, about: &str) -> String {
    let instead = if set.contains_key(name) { format!("({default})") } else { String::new() };
    let remark = [about, &instead].iter().filter(|it| !it.is_empty()).copied().collect::<Vec<_>>().join(" ");
    let said = said(set, name, default);
    if remark.is_empty() { format!("{said}\n") } else { format!("{said:<34} # {remark}\n") }
}

fn several(words: &[&str]) -> String {
    format!("[{}]", words.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", "))
}

fn quoted(word: &str) -> String {
    format!("{word:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, sentence: &str) {
        let faults = read(text).err().unwrap_or_default();
        assert_eq!(faults, [sentence], "{text}");
    }

    #[test]
    fn what_is_set_is_read() {
        let config = read(
            "theme = \"light\"\nstart = \"sites\"\nrun = 90\n[colors]\ngain = \"green\"\n[keys]\nsave = [\"M\", \"Ctrl-s\"]\nzoom = false",
        )
        .unwrap();
        assert_eq!((config.theme.as_deref(), config.start, config.run), (Some("light"), Some(1), TimeDelta::milliseconds(90)));
        assert_eq!(config.colors.len(), 1);
        let keys = |action| config.keys.keys(action::EVERY_PANE.entry(action).unwrap());
        assert_eq!((keys(action::SAVE), keys(action::ZOOM)), (["M", "ctrl-s"].as_slice(), [].as_slice()));
        assert_eq!(keys(action::UNDO), ["u"], "what is not named stays");
    }

    #[test]
    fn lists_are_arranged_as_it_is_written() {
        let config = read("[columns]\nsites = [\"people\", \"folder\"]\n[sort]\ncollaborators = \"-ends\"\nsites = \"own\"").unwrap();
        let said = |columns: &[&str], sort: &[&str]| {
            let words = |it: &[&str]| (!it.is_empty()).then(|| it.iter().map(|it| (*it).to_owned()).collect());
            Arrangement { columns: words(columns), sort: words(sort) }
        };
        assert_eq!(config.lists[..3], [said(&[], &[]), said(&["name", "people", "folder"], &[]), said(&[], &["-ends"])]);
        assert!(config.lists[3..].iter().all(|it| *it == Arrangement::default()));
    }

    #[test]
    fn an_error_says_line_key_and_way_out() {
        refused("run = 150\nthme = \"dark\"", "line 2: thme: no setting `thme`; did you mean `theme`?");
        refused("theme = \"drak\"", "line 1: theme: no theme `drak`; did you mean `dark`?");
        refused(
            "start = \"people\"",
            "line 1: start: no pane `people`; there are contacts, sites, collaborators, waiting, roles, matrix, log, audit, last",
        );
        refused("\nrun = 5", "line 2: run: between 20 and 1000 milliseconds are a run");
        refused("[colors]\ngian = \"cyan\"", "line 2: gian: no colour `gian`; did you mean `gain`?");
        refused(
            "[colors]\ngain = \"cyann\"",
            "line 2: gain: no look `cyann`; a look is a colour, on-COLOUR, bold, dim, underline, reverse",
        );
        refused("[columns]\nsites = [\n  \"name\",\n  \"pepole\"]", "line 4: sites: no column `pepole`; did you mean `people`?");
        refused("[columns]\nsites = [\"people\", \"people\"]", "line 2: sites: `people` stands there twice");
        refused("[columns]\nstes = []", "line 2: stes: no list `stes`; did you mean `sites`?");
        refused("[sort]\nsites = \"-pepole\"", "line 2: sites: no column `pepole`; did you mean `people`?");
        refused(
            "[sort]\nlog = \"when\"",
            "line 2: log: no list to sort `log`; there are contacts, sites, collaborators, waiting, roles, audit",
        );
        refused("[keys]\nsvae = \"x\"", "line 2: svae: no action `svae`; did you mean `save`?; `rolecall config` lists them");
        refused("[keys]\nsave = \"1\"", "line 2: save: `1` goes to a pane");
        refused("[keys]\nsave = [\n  \"M\",\n  \"ctrl-c\"]", "line 2: save: Ctrl-c leaves, whatever else is bound");
        refused("[keys]\nsave = 3", "line 2: save: a key as \"x\", several as [\"x\", \"y\"], or false");
        refused("[keys]\nsave = true", "line 2: save: true is no key; leave the line out for the default");
        assert!(read("theme = dark").err().is_some_and(|it| it[0].starts_with("line 1: theme: ")), "{:?}", read("theme = dark").err());
    }

    #[test]
    fn a_key_means_one_thing_in_a_place() {
        let way_out = "give one of the two another key, or false";
        refused("[keys]\nsave = \"u\"", &format!("line 2: save: u is undo too, in Contacts; {way_out}"));
        refused("[keys]\nsave = \"M\"\nzoom = \"M\"", &format!("line 3: zoom: M is save too, in Contacts; {way_out}"));
        refused("[keys]\nyes = \"q\"", &format!("line 2: yes: q is close too, in Questions; {way_out}"));
        assert!(read("[keys]\nsave = \"u\"\nundo = \"s\"").is_ok(), "two may change places");
        assert!(read("[keys]\nsave = \"u\"\nundo = false").is_ok());
    }

    #[test]
    fn the_page_says_every_setting_and_is_what_it_says() {
        let table = |text: &str| text.parse::<Table>().unwrap();
        let set = table("run = 90\n[keys]\nsave = [\"M\", \"ctrl-s\"]");
        for set in [Table::new(), set] {
            let page = page(&set);
            let mut said = table(&page);
            said.retain(|_, it| it.as_table().is_none_or(|it| !it.is_empty()));
            assert_eq!(said, set);
            let names = SETTINGS.iter().map(|it| it.0).chain(entries().map(|it| it.action.id));
            assert!(names.into_iter().all(|it| page.lines().any(|line| line.trim_start_matches('#').starts_with(&format!("{it} = ")))));
            // All defaults said aloud are the defaults.
            let aloud = page.lines().map(|it| it.strip_prefix('#').filter(|it| !it.starts_with(' ')).unwrap_or(it));
            let aloud = aloud.collect::<Vec<_>>().join("\n");
            assert!(read(&aloud).is_ok(), "{:?}", read(&aloud).err());
        }
    }
}
