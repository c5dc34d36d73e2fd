//! A statement as one page of HTML that loads nothing, reads like a letter and prints on A4.

use std::io::Write;

use anyhow::Result;

use super::page::{Block, Card, Grid, Paper, Span, Words};
use crate::exchange::format::html::inert;

const STYLE: &str = include_str!("../../../assets/statement.css");

pub(in crate::exchange) struct Html<'a>(&'a mut dyn Write);

impl<'a> Html<'a> {
    pub(in crate::exchange) fn begin(out: &'a mut dyn Write, title: &str) -> Result<Html<'a>> {
        Html::styled(out, title, "")
    }

    /// The same with more of a style.
    pub(in crate::exchange) fn styled(out: &'a mut dyn Write, title: &str, more: &str) -> Result<Html<'a>> {
        writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(out, "<title>{}</title>\n<style>\n{STYLE}{more}</style>\n</head>\n<body>\n<main>", inert(title))?;
        Ok(Html(out))
    }

    fn card(&mut self, it: &Card) -> Result<()> {
        writeln!(self.0, "<section>\n<h3>{} <small>{}</small></h3>", inert(&it.name), inert(&it.address))?;
        writeln!(self.0, "<p class=\"tag\">{}</p>\n<ul>", inert(&it.tag))?;
        it.lines.iter().try_for_each(|line| writeln!(self.0, "<li>{}</li>", inert(line)))?;
        writeln!(self.0, "</ul>")?;
        self.means(&it.means)?;
        Ok(writeln!(self.0, "</section>")?)
    }

    fn means(&mut self, means: &[(String, Words)]) -> Result<()> {
        writeln!(self.0, "<dl>")?;
        means.iter().try_for_each(|(category, means)| writeln!(self.0, "<dt>{}</dt><dd>{}</dd>", inert(category), words(means)))?;
        Ok(writeln!(self.0, "</dl>")?)
    }

    fn grid(&mut self, grid: &Grid) -> Result<()> {
        let names: Vec<String> = grid.header.iter().map(|it| format!("<th>{}</th>", inert(it))).collect();
        writeln!(self.0, "<table class=\"grid\">\n<thead><tr><th></th>{}</tr></thead>\n<tbody>", names.concat())?;
        for (category, rows) in &grid.groups {
            writeln!(self.0, "<tr><th colspan=\"{}\">{}</th></tr>", names.len() + 1, inert(category))?;
            for (label, on) in rows {
                let cells: Vec<&str> = on.iter().map(|it| if *it { "<td>yes</td>" } else { "<td class=\"no\">–</td>" }).collect();
                writeln!(self.0, "<tr><td>{}</td>{}</tr>", words(label), cells.concat())?;
            }
        }
        Ok(writeln!(self.0, "</tbody>\n</table>")?)
    }
}

impl Paper for Html<'_> {
    fn put(&mut self, block: &Block) -> Result<()> {
        match block {
            Block::Title(text) => writeln!(self.0, "<h1>{}</h1>", inert(text))?,
            Block::Heading(text) => writeln!(self.0, "<h2>{}</h2>", inert(text))?,
            Block::Text(text) => writeln!(self.0, "<p>{}</p>", words(text))?,
            Block::Facts(facts) => {
                writeln!(self.0, "<dl class=\"facts\">")?;
                facts.iter().try_for_each(|(name, value)| writeln!(self.0, "<dt>{name}</dt><dd>{}</dd>", inert(value)))?;
                writeln!(self.0, "</dl>")?;
            }
            Block::Card(card) => self.card(card)?,
            Block::Table(header, rows) => {
                let cells =
                    |tag: &str, cells: Vec<String>| cells.iter().map(|it| format!("<{tag}>{it}</{tag}>")).collect::<Vec<_>>().concat();
                let header = cells("th", header.iter().map(|it| (*it).to_owned()).collect());
                writeln!(self.0, "<table>\n<thead><tr>{header}</tr></thead>\n<tbody>")?;
                for row in rows {
                    writeln!(self.0, "<tr>{}</tr>", cells("td", row.iter().map(|it| breakable(it)).collect()))?;
                }
                writeln!(self.0, "</tbody>\n</table>")?;
            }
            Block::Grid(grid) => self.grid(grid)?,
            Block::Means(means) => self.means(means)?,
            Block::Small(lines) => {
                let lines: Vec<String> = lines.iter().map(|it| inert(it)).collect();
                writeln!(self.0, "<footer>{}</footer>", lines.join("<br>"))?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        Ok(writeln!(self.0, "</main>\n</body>\n</html>")?)
    }
}

/// A cell in which an address is broken behind its `@`, before it is broken anywhere.
fn breakable(cell: &str) -> String {
    inert(cell).replace('@', "@<wbr>")
}

fn words(spans: &[Span]) -> String {
    let one = |it: &Span| match it {
        Span::Plain(text) => inert(text),
        Span::Strong(text) => format!("<b>{}</b>", inert(text)),
    };
    spans.iter().map(one).collect()
}
