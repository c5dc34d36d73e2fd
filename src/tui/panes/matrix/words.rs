//! What the matrix says of itself: in its title, where it is empty, where it is cut.

use super::{Matrix, Mode, Row};
use crate::domain::catalog::Catalog;
use crate::domain::perm_set::PermId;
use crate::domain::policy::Policy;
use crate::domain::text;
use crate::query::matrix::{Cell, Column};
use crate::tui::overlays::sheet::{Sheet, Tone};
use crate::tui::widgets::lines;

/// Columns for the name of a permission.
const LABEL: usize = 34;

impl Matrix {
    pub(super) fn mode_words(&self, policy: &Policy) -> String {
        let catalog = self.grid.as_ref().map(|it| &it.catalog);
        let platform = catalog.map_or("", |it| it.name.as_str());
        match &self.mode {
            Mode::Roles if !self.only.is_empty() => format!("{} of {platform}", text::plural(self.n_columns(), "marked role")),
            Mode::PeopleOf(_, name) if !self.only.is_empty() => format!("{} marked people on {}", self.n_columns(), text::display(name)),
            Mode::PeopleAnywhere(people) => format!("{} marked people on any {platform} site", people.len()),
            Mode::NearSitesOf(_, name, _) if !self.only.is_empty() => {
                let sites = text::plural(self.n_columns(), &format!("marked {platform} site"));
                format!("what {} can do on {sites}", text::display(name))
            }
            Mode::Roles => {
                let level = match self.level {
                    None => "every role at its own level".to_owned(),
                    Some(level) => format!("{level} level"),
                };
                let profile = catalog.map_or("", |it| policy.ceilings.of(&it.platform));
                format!("roles of {platform}, {level}, {profile} ceiling")
            }
            Mode::PeopleOf(_, name) => format!("who can do what on {}", text::display(name)),
            Mode::SitesOf(_, name) => format!("what {} can do on each {platform} site{}", text::display(name), self.cut_words()),
            Mode::NearSitesOf(_, name, sites) if sites.len() > self.n_columns() => {
                format!("what {} can do on {} of their {} sites ({platform})", text::display(name), self.n_columns(), sites.len())
            }
            Mode::NearSitesOf(_, name, _) => format!("what {} can do on their own {platform} sites", text::display(name)),
            Mode::Nobody(name) => text::display(name).into_owned(),
        }
    }

    /// What a cell says, with what is staged.
    pub(super) fn word(&self, column: usize, id: PermId) -> &'static str {
        let cell = self.grid.as_ref().map_or(Cell::Off, |it| it.columns[column].cell(id));
        let Some(staged) = self.staged.get(column).copied().flatten() else { return cell.word() };
        match cell {
            Cell::Always | Cell::Ceiling | Cell::AppMissing => cell,
            Cell::Granted | Cell::Implied | Cell::Off if staged.granted.contains(id) => Cell::Granted,
            Cell::Granted | Cell::Implied | Cell::Off if staged.closed.contains(id) => Cell::Implied,
            Cell::Granted | Cell::Implied | Cell::Off => Cell::Off,
        }
        .word()
    }

    /// Every permission of the category under the cursor: whether the column has it, and why or why not in a word.
    pub(super) fn category_page(&self) -> Option<Sheet> {
        let (grid, column, Row::Category(at)) = (self.grid.as_ref()?, self.column()?, self.row()?) else { return None };
        let category = &grid.catalog.categories[at];
        let (held, members) = (self.held(self.column_at()), category.members);
        let mut page = Sheet::new(format!("{} in {}", category.name, text::display(&column.name)));
        for (head, set) in [("ON", members & held), ("OFF", members - held)] {
            page.say(Tone::Heading, format!("{head}  {} of {}", set.len(), members.len()));
            for id in set.iter() {
                let permission = grid.catalog.get(id);
                let risk = if permission.is_sensitive() { "!" } else { " " };
                let why = self.because(&grid.catalog, id);
                page.say(Tone::Warn, format!("{risk} {} {why}", lines::cell(&permission.label, LABEL)));
            }
        }
        Some(page)
    }

    /// Why the column under the cursor has a permission, or not: of one that another brings, which.
    fn because(&self, catalog: &Catalog, id: PermId) -> String {
        let at = self.column_at();
        let Some(column) = self.column() else { return String::new() };
        let granted = self.staged.get(at).copied().flatten().map_or(column.granted, |it| it.granted);
        match self.word(at, id) {
            "implied" => {
                let by = (catalog.dependants(id) & granted).iter().next();
                by.map_or_else(|| "implied".to_owned(), |by| format!("required by {}", catalog.get(by).label))
            }
            word => word.replace('-', " "),
        }
    }

    /// Why there is no column.
    pub(super) fn nobody_words(&self) -> String {
        match &self.mode {
            Mode::Roles => "there is no role here that you may know".to_owned(),
            Mode::PeopleAnywhere(_) => "nobody whom you may know is marked".to_owned(),
            Mode::PeopleOf(_, name) => format!("nobody whom you may know has access to {}", text::display(name)),
            Mode::SitesOf(_, name) => format!("{} has access to no site", text::display(name)),
            Mode::NearSitesOf(_, name, _) | Mode::Nobody(name) => {
                format!("no site of {} is known here: none owned, and none with a role at site level", text::display(name))
            }
        }
    }

    /// What a cell is about, for the list of what is staged.
    pub(super) fn words_of(&self, catalog: &Catalog, id: PermId, column: &Column) -> String {
        let label = &catalog.get(id).label;
        let other = match &self.mode {
            Mode::PeopleOf(_, name) | Mode::SitesOf(_, name) | Mode::NearSitesOf(_, name, _) => format!(", {}", text::display(name)),
            Mode::Roles | Mode::PeopleAnywhere(_) | Mode::Nobody(_) => String::new(),
        };
        format!("{label}: {}{other}", text::display(&column.name))
    }

    /// That there are more columns than are shown.
    fn cut_words(&self) -> String {
        match &self.grid {
            Some(grid) if grid.left_out > 0 => format!(", the first {} of {}", grid.columns.len(), grid.columns.len() + grid.left_out),
            _ => String::new(),
        }
    }

    /// How many columns there are to either side.
    pub(super) fn beyond_words(&self) -> String {
        let (left, right) = self.view.beyond(self.size().1);
        let words = |(n, sign): (usize, &str)| (n > 0).then(|| format!("{sign} {n}"));
        [(left, "<"), (right, ">")].into_iter().filter_map(words).collect::<Vec<_>>().join("  ")
    }
}
