//! Adding, editing and removing sites.

use super::authority::{Guarded, Need, Scales, Where};
use super::declare::Declared;
use super::import::{Import, Taken};
use super::records::Kept;
use super::refusal::{Error, Refusal, free, unknown, valid};
use super::scene::{Names, Scene};
use super::{Note, mentions, partnership};
use crate::domain::change::{Change, Edit};
use crate::domain::deed::Deed;
use crate::domain::ids::SiteId;
use crate::domain::record::SiteRecord;
use crate::domain::suggest;
use crate::domain::text;
use crate::domain::things::{Assignment, Person, Site};
use crate::facts::Reader;
use crate::facts::names::the_catalog;

impl Kept for SiteRecord {
    fn row(&self, id: i64, names: &mut impl Names) -> Result<Site, Error> {
        let mut apps = self.apps.iter().map(|it| valid(text::required("app", it))).collect::<Result<Vec<_>, _>>()?;
        apps.sort();
        apps.dedup();
        Ok(Site {
            id: SiteId(id),
            key: valid(text::key("site key", &self.key))?,
            name: valid(text::required("site name", &self.name))?,
            url: valid(text::line("URL", &self.url))?,
            platform: valid(text::key("platform", &self.platform))?,
            folder: self.folder.as_deref().map(|key| names.folder(key)).transpose()?,
            owner: names.person(&self.owner)?,
            host: self.host,
            apps,
            status: self.status,
            editor: self.editor.as_deref().map(|it| valid(text::line("editor", it))).transpose()?.filter(|it| !it.is_empty()),
        })
    }

    fn find(scene: Scene<'_>, key: &String) -> Result<Site, Error> {
        Ok(scene.db.the_site_of(key)?)
    }

    fn check(scene: Scene<'_>, row: &Site) -> Result<(), Error> {
        check_key(scene, row)?;
        check_site(scene, row, &[])?;
        check_url(scene, row, "")?;
        check_words(scene.db, None, row)
    }

    fn edit(&self, new: &SiteRecord, scene: Scene<'_>, _: &mut Vec<Note>) -> Result<(Site, Site), Error> {
        let (row, new) = self.both(new, scene)?;
        if new.owner != row.owner {
            return Err(Refusal::Owner(format!("the site {} changes hands only by a transfer, not by an edit", row.key)).into());
        }
        if new.key != row.key {
            check_key(scene, &new)?;
        }
        check_platform(scene, &row, &new)?;
        check_site(scene, &new, &row.apps)?;
        check_url(scene, &new, &row.url)?;
        check_words(scene.db, Some(&row), &new)?;
        if new.host != row.host && partnership::of(scene, &row)?.is_some() {
            let sentence = format!(
                "the agency carries {} as its partner; that ends with: rolecall partner reclaim {}",
                row.key,
                text::shell(&row.key)
            );
            return Err(Refusal::Owner(sentence).into());
        }
        Ok((row, new))
    }

    fn remove(key: &String, scene: Scene<'_>) -> Result<Vec<Change>, Error> {
        let row = scene.db.the_site_of(key)?;
        let held = scene.db.assignments_on(row.id)?;
        let full = held.into_iter().map(|it| scene.db.find::<Assignment>(it.id));
        let held = full.collect::<Result<Vec<_>, _>>()?;
        let held = held.into_iter().flatten().map(|it| Edit::delete(it).into());
        Ok(held.chain(mentions::site(scene, &row)?).chain([Edit::delete(row).into()]).collect())
    }
}

impl Taken for SiteRecord {
    const PLURAL: &'static str = "sites";

    fn taken(&self, import: &mut Import<'_>) -> Result<(Option<Site>, Site), Error> {
        let mut row = self.row(import.site(&self.key)?.0, import)?;
        // Whoever types it into a form writes it so; a file may come from anywhere.
        row.url = text::plain_address(&row.url);
        import.sites.define(&self.key, &self.key, import.line)?;
        import.on_platform(row.id, &row.platform)?;
        let before = import.sites.before(|| import.db.find(row.id))?;
        import.keeps_hands(before.as_ref(), &row)?;
        Ok((before, row))
    }

    /// One that the file names.
    fn minded(edit: &Edit<Site>, import: &Import<'_>) -> anyhow::Result<bool> {
        Ok(edit.any(|it| import.sites.get(&it.key).is_some()))
    }
}

/// Its owner, too, whoever that was.
impl Declared for SiteRecord {
    fn check_declared(scene: Scene<'_>, before: Option<&Site>, row: &Site, notes: &mut Vec<Note>) -> Result<(), Error> {
        the_catalog(scene.policy, &row.platform)?;
        check_words(scene.db, before, row)?;
        let Some(old) = before else { return Ok(()) };
        if old.owner != row.owner {
            let [from, to] = [old.owner, row.owner].map(|it| scene.db.find::<Person>(it));
            let [from, to] = [from?, to?].map(|it| it.map_or_else(String::new, |it| it.email));
            let sentence = format!("{} goes from {from} to {to} without a transfer, to which they would say yes", row.key);
            notes.push(Note::Remark(sentence));
        }
        check_platform(scene, old, row)
    }
}

/// What is given on a site is of its platform.
fn check_platform(scene: Scene<'_>, row: &Site, new: &Site) -> Result<(), Error> {
    let given = scene.db.assignments_on(row.id)?.len();
    if new.platform == row.platform || given == 0 {
        return Ok(());
    }
    let given = if scene.db.sees_all() { format!("{given} roles") } else { "roles".to_owned() };
    let sentence = format!("{given} of {} are given on {}, so that its platform stays as it is", row.platform, row.key);
    Err(Refusal::Misfit(sentence).into())
}

fn check_key(scene: Scene<'_>, row: &Site) -> Result<(), Error> {
    free(scene.db, ("site", "site key", &row.key), scene.db.site_by_key(&row.key)?, |it| it.key.clone())
}

/// A URL leads to one site, so that nobody's field stands for the site of somebody else.
fn check_url(scene: Scene<'_>, row: &Site, before: &str) -> Result<(), Error> {
    if row.url.is_empty() || row.url == before {
        return Ok(());
    }
    if !text::is_address(&row.url) {
        return Err(Refusal::Invalid(format!("`{}` is no URL; write it like https://acme.example", text::display(&row.url))).into());
    }
    let plain = text::plain_address(&row.url);
    if plain != row.url {
        let sentence = format!("a host is written in small letters, without the usual port or a last dot: {}", text::display(&plain));
        return Err(Refusal::Invalid(sentence).into());
    }
    let other = scene.db.sites_by_url(&row.url)?.into_iter().find(|it| it.id != row.id);
    free(scene.db, ("site with the URL", "URL", &row.url), other, |_| row.url.clone())
}

/// What somebody types leads to one site: no new key is the URL of another one, and no new URL the key of one.
fn check_words(db: Reader<'_>, before: Option<&Site>, row: &Site) -> Result<(), Error> {
    let is_other = |it: &Site| it.id != row.id;
    if before.is_none_or(|it| it.key != row.key) {
        is_no_url_of(db, &row.key, db.sites_by_url(&row.key)?.into_iter().find(is_other))?;
    }
    if before.is_none_or(|it| it.url != row.url) {
        is_no_key_of(db, &row.url, db.site_by_key(text::bare_address(&row.url))?.filter(is_other))?;
    }
    Ok(())
}

/// Refuses a key that is the URL of this other site.
pub(super) fn is_no_url_of(db: Reader<'_>, key: &str, other: Option<Site>) -> Result<(), Error> {
    free(db, ("site with the URL", "site key", key), other, |it| it.url.clone())
}

/// Refuses a URL that is the key of this other site.
pub(super) fn is_no_key_of(db: Reader<'_>, url: &str, other: Option<Site>) -> Result<(), Error> {
    free(db, ("site with the key", "URL", url), other, |it| it.key.clone())
}

/// Apps that the site has kept from elsewhere may stay; new ones must exist.
fn check_site(scene: Scene<'_>, row: &Site, kept: &[String]) -> Result<(), Error> {
    let catalog = the_catalog(scene.policy, &row.platform)?;
    if let Some(editor) = row.editor.as_ref().filter(|it| catalog.editors.iter().all(|known| known.name != **it)) {
        return Err(unknown("editor", editor, suggest::did_you_mean(editor, catalog.editors.iter().map(|it| &it.name))));
    }
    let known = |app: &&String| kept.contains(app) || catalog.apps.iter().any(|(name, _)| name == *app);
    match row.apps.iter().find(|app| !known(app)) {
        None => Ok(()),
        Some(app) => Err(unknown("app", app, suggest::did_you_mean_of(app, catalog.apps.iter().map(|(name, _)| name)))),
    }
}

/// By what it changes.
impl Guarded for Site {
    fn needs(edit: &Edit<Site>, _: &Scales<'_>) -> Result<Vec<Need>, Error> {
        let (old, new) = match (&edit.before, &edit.after) {
            (Some(old), Some(new)) => (old, new),
            (None, Some(new)) => return Ok(vec![Need::of(Deed::AddSites, Where::Platform(new.platform.clone()))]),
            (Some(old), None) => return Ok(vec![Need::of(Deed::RemoveSites, Where::Site(old.id))]),
            (None, None) => return Ok(Vec::new()),
        };
        let about = |it: &Site| (it.key.clone(), it.name.clone(), it.url.clone(), it.platform.clone(), it.status, it.editor.clone());
        let here = Where::Site(old.id);
        let needs = [
            (about(old) != about(new), Need::of(Deed::EditSites, here.clone())),
            (old.apps != new.apps, Need::of(Deed::ManageApps, here.clone())),
            ((old.owner, old.host) != (new.owner, new.host), Need::of(Deed::TransferSites, here)),
            (old.folder != new.folder, Need::of(Deed::ManageFolders, Where::Account)),
        ];
        Ok(needs.into_iter().filter_map(|(differs, need)| differs.then_some(need)).collect())
    }
}
