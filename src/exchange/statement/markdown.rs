//! A statement as Markdown.

use std::io::Write;

use anyhow::Result;

use super::page::{Block, Card, Grid, Paper, Span, Words};
use crate::exchange::offboarding::plain;

pub(in crate::exchange) struct Markdown<'a>(&'a mut dyn Write);

impl<'a> Markdown<'a> {
    pub(in crate::exchange) fn begin(out: &'a mut dyn Write) -> Markdown<'a> {
        Markdown(out)
    }

    fn card(&mut self, it: &Card) -> Result<()> {
        let address = if it.address.is_empty() { String::new() } else { format!(" ({})", plain(&it.address)) };
        writeln!(self.0, "### {}{address}\n\n{}\n", plain(&it.name), plain(&it.tag))?;
        for line in &it.lines {
            writeln!(self.0, "- {}", plain(line))?;
        }
        writeln!(self.0)?;
        self.means(&it.means)
    }

    fn means(&mut self, means: &[(String, Words)]) -> Result<()> {
        means.iter().try_for_each(|(category, means)| writeln!(self.0, "- {}: {}", plain(category), words(means)))?;
        Ok(writeln!(self.0)?)
    }

    fn grid(&mut self, grid: &Grid) -> Result<()> {
        let row = |first: String, rest: &mut dyn Iterator<Item = String>| std::iter::once(first).chain(rest).collect::<Vec<_>>();
        let n = grid.header.len();
        self.line(&row(String::new(), &mut grid.header.iter().map(|it| plain(it))))?;
        self.line(&vec!["---".to_owned(); n + 1])?;
        for (category, rows) in &grid.groups {
            self.line(&row(format!("**{}**", plain(category)), &mut std::iter::repeat_n(String::new(), n)))?;
            for (label, on) in rows {
                self.line(&row(words(label), &mut on.iter().map(|it| if *it { "yes" } else { "–" }.to_owned())))?;
            }
        }
        Ok(writeln!(self.0)?)
    }

    fn line(&mut self, cells: &[String]) -> Result<()> {
        Ok(writeln!(self.0, "| {} |", cells.join(" | "))?)
    }
}

impl Paper for Markdown<'_> {
    fn put(&mut self, block: &Block) -> Result<()> {
        match block {
            Block::Title(text) => writeln!(self.0, "# {}\n", plain(text))?,
            Block::Heading(text) => writeln!(self.0, "## {}\n", plain(text))?,
            Block::Text(text) => writeln!(self.0, "{}\n", words(text))?,
            Block::Facts(facts) => {
                for (name, value) in facts {
                    writeln!(self.0, "- {name}: {}", plain(value))?;
                }
                writeln!(self.0)?;
            }
            Block::Card(card) => self.card(card)?,
            Block::Table(header, rows) => {
                self.line(&header.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())?;
                self.line(&vec!["---".to_owned(); header.len()])?;
                for row in rows {
                    self.line(&row.iter().map(|it| plain(it)).collect::<Vec<_>>())?;
                }
                writeln!(self.0)?;
            }
            Block::Grid(grid) => self.grid(grid)?,
            Block::Means(means) => self.means(means)?,
            Block::Small(lines) => {
                for line in lines {
                    writeln!(self.0, "{}\n", plain(line))?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

fn words(spans: &[Span]) -> String {
    let one = |it: &Span| match it {
        Span::Plain(text) => plain(text),
        Span::Strong(text) => format!("**{}**", plain(text)),
    };
    spans.iter().map(one).collect()
}
