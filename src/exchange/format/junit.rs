//! Checks as JUnit's XML, for programs that show what passed and what failed.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;

use super::Exporter;
use crate::domain::text::display_lines;

/// The columns of its rows: which check, and what failed; an empty failure is a check that passed. All rows of one check are one
/// after the other.
pub const COLUMNS: [&str; 3] = ["suite", "check", "failure"];

/// Counts stand before what is counted, so that all of it is kept until the end.
#[derive(Default)]
pub struct Junit {
    /// By suite: its checks in their order, each with what failed.
    suites: BTreeMap<String, Vec<(String, Vec<String>)>>,
}

impl Exporter for Junit {
    fn write(&mut self, _out: &mut dyn Write, _header: &[String], rows: &[Vec<String>]) -> Result<()> {
        for row in rows {
            let [suite, check, failure] = row.as_slice() else { continue };
            let checks = self.suites.entry(suite.clone()).or_default();
            if checks.last().is_none_or(|it| it.0 != *check) {
                checks.push((check.clone(), Vec::new()));
            }
            if let (Some((_, failures)), false) = (checks.last_mut(), failure.is_empty()) {
                failures.push(failure.clone());
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _header: &[String], _n: usize) -> Result<()> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n")?;
        for (suite, checks) in &self.suites {
            let failed = checks.iter().filter(|it| !it.1.is_empty()).count();
            let (name, n) = (escaped(suite), checks.len());
            writeln!(out, r#"  <testsuite name="{name}" tests="{n}" failures="{failed}" errors="0" skipped="0">"#)?;
            for (check, failures) in checks {
                let check = escaped(check);
                if failures.is_empty() {
                    writeln!(out, r#"    <testcase classname="{name}" name="{check}"/>"#)?;
                    continue;
                }
                writeln!(out, r#"    <testcase classname="{name}" name="{check}">"#)?;
                for it in failures {
                    writeln!(out, r#"      <failure message="{}"/>"#, escaped(it))?;
                }
                out.write_all(b"    </testcase>\n")?;
            }
            out.write_all(b"  </testsuite>\n")?;
        }
        out.write_all(b"</testsuites>\n")?;
        Ok(())
    }
}

/// Text as XML has it, in which some characters cannot be at all.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in display_lines(text).chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\n' => written.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => written.push('\u{fffd}'),
            other => written.push(other),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_stands_in_its_check_and_is_counted_once() {
        let row = |check: &str, failure: &str| vec!["audit".to_owned(), check.to_owned(), failure.to_owned()];
        let (mut junit, mut out) = (Junit::default(), Vec::new());
        junit.write(&mut out, &[], &[row("a", "one & two"), row("a", "<\u{1}>"), row("b", "")]).unwrap();
        junit.end(&mut out, &[], 3).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r#"tests="2" failures="1""#), "{text}");
        assert!(text.contains(r#"<failure message="one &amp; two"/>"#), "{text}");
        assert!(text.contains(r#"<failure message="&lt;‹U+0001›&gt;"/>"#), "{text}");
        assert!(text.contains(r#"<testcase classname="audit" name="b"/>"#), "{text}");
    }
}
