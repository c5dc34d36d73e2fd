//! What is on screen as a file: a title, what there is to say, and a table, in the format that the file's ending names.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value};

use super::format::csv::Csv;
use super::format::html::{self, Html};
use super::format::json::Json;
use super::format::markdown::Markdown;
use super::format::{Exporter, Sheet};
use crate::domain::text::display_row;

/// The format, as the ending of a name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Md,
    Csv,
    Json,
    Html,
}

impl Ending {
    /// The ending of this file's name.
    ///
    /// # Errors
    /// That it is none of a format.
    pub fn of(path: &Path) -> Result<Ending, String> {
        match path.extension().and_then(|it| it.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("md") => Ok(Ending::Md),
            Some("csv") => Ok(Ending::Csv),
            Some("json") => Ok(Ending::Json),
            Some("html") => Ok(Ending::Html),
            _ => Err("the name's ending is the format: .md, .csv, .json or .html".to_owned()),
        }
    }

    fn exporter(self) -> Box<dyn Exporter> {
        match self {
            Ending::Md => Box::new(Markdown::default()),
            Ending::Csv => Box::new(Csv::shown()),
            Ending::Json => Box::new(Json::default()),
            Ending::Html => Box::new(Html::default()),
        }
    }
}

/// What is written.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub title: String,
    /// Sentences above the table; for readers alone.
    pub remarks: Vec<String>,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Report {
    pub fn write(&self, ending: Ending, out: &mut dyn Write) -> Result<()> {
        self.head(ending, out)?;
        let mut sheet = Sheet::new(self.header.clone(), ending.exporter());
        let names = self.names();
        for row in &self.rows {
            let fields = names.iter().cloned().zip(row.iter().cloned().map(Value::String));
            sheet.add(out, row.clone(), &fields.collect::<Map<_, _>>())?;
        }
        sheet.end(out)
    }

    /// What the columns are called, each otherwise than those before it: two people may have one name.
    fn names(&self) -> Vec<String> {
        let nth = |at: usize| self.header[..at].iter().filter(|it| **it == self.header[at]).count() + 1;
        let name = |(at, it): (usize, &String)| if nth(at) == 1 { it.clone() } else { format!("{it} ({})", nth(at)) };
        self.header.iter().enumerate().map(name).collect()
    }

    fn head(&self, ending: Ending, out: &mut dyn Write) -> Result<()> {
        match ending {
            Ending::Csv | Ending::Json => {}
            Ending::Md => {
                let words = |it: &str| display_row(it).replace(['<', '>', '`', '[', ']', '\\'], " ");
                writeln!(out, "# {}\n", words(&self.title))?;
                self.remarks.iter().try_for_each(|it| writeln!(out, "{}\n", words(it)))?;
            }
            Ending::Html => {
                let title = html::inert(&self.title);
                writeln!(out, "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>")?;
                self.remarks.iter().try_for_each(|it| writeln!(out, "<p>{}</p>", html::inert(it)))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_the_same_in_every_format_and_nothing_in_it_is_markup() {
        let report = Report {
            title: "Sites <b>".to_owned(),
            remarks: vec!["2 of 3".to_owned()],
            header: ["name", "owner"].map(str::to_owned).into(),
            rows: vec![["Acme & <Co>", "=ana"].map(str::to_owned).into()],
        };
        let written = |name: &str| {
            let mut out = Vec::new();
            report.write(Ending::of(Path::new(name)).unwrap(), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written("a.md"), "# Sites  b \n\n2 of 3\n\n| name | owner |\n| --- | --- |\n| Acme \\& \\<Co\\> | =ana |\n");
        assert_eq!(written("a.csv"), "name,owner\nAcme & <Co>,'=ana\n");
        assert_eq!(written("a.JSON"), "[{\"name\":\"Acme & <Co>\",\"owner\":\"=ana\"}]\n");
        assert!(written("a.html").contains("<h1>Sites &lt;b&gt;</h1>\n<p>2 of 3</p>\n<table>\n<tr><th>name</th>"));
        assert!(written("a.html").ends_with("<tr><td>Acme &amp; &lt;Co&gt;</td><td>=ana</td></tr>\n</table>\n"));
        let of_namesakes = Report { header: ["Ana", "Ana"].map(str::to_owned).into(), ..report };
        let mut out = Vec::new();
        of_namesakes.write(Ending::of(Path::new("a.json")).unwrap(), &mut out).unwrap();
        assert_eq!(out, b"[{\"Ana\":\"Acme & <Co>\",\"Ana (2)\":\"=ana\"}]\n");
        assert!(Ending::of(Path::new("a.db")).is_err() && Ending::of(Path::new("md")).is_err());
    }
}
