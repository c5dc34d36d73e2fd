//! A page of the manual as it reads on a terminal: the words of its Markdown without the marks.

/// The lines of a page.
pub(super) fn lines(page: &str) -> Vec<String> {
    let mut plain = Vec::new();
    let mut in_code = false;
    let mut rows = page.lines().peekable();
    while let Some(line) = rows.next() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            plain.push(format!("    {line}"));
        } else if line.starts_with('|') {
            // The header of a table is above its rule, and says nothing that the rows do not.
            if rows.next_if(|it| it.starts_with("| ---") || it.starts_with("|---")).is_none() {
                plain.extend(row(line));
            }
        } else if !line.starts_with("<!--") {
            plain.push(words(line.trim_start_matches('#').trim_start_matches(|it| it == ' ' && line.starts_with('#'))));
        }
    }
    plain
}

/// A row of a table: what it is about, and what is said of that below it.
fn row(line: &str) -> Vec<String> {
    let cells = line.trim_matches('|').replace("\\|", "\u{0}");
    let mut cells = cells.split('|').map(|it| words(it.trim()).replace('\u{0}', "|")).filter(|it| !it.is_empty());
    let first = cells.next().map(|it| format!("  {it}"));
    first.into_iter().chain(cells.map(|it| format!("      {it}"))).collect()
}

/// Text without the marks of code, stress and links: of a link its address stays where it leads out of the manual.
fn words(text: &str) -> String {
    let mut plain = String::new();
    // What stands between two backticks is code, and has no other marks.
    for (n, part) in text.split('`').enumerate() {
        plain += &if n % 2 == 1 { part.to_owned() } else { unlinked(&part.replace("**", "")) };
    }
    plain
}

fn unlinked(text: &str) -> String {
    let Some((before, rest)) = text.split_once('[') else { return text.to_owned() };
    let Some(((label, rest), leads)) = rest.split_once("](").map(|it| (it, it.1.split_once(')'))) else { return text.to_owned() };
    let Some((to, after)) = leads else { return format!("{before}[{label}]({rest}") };
    let to = if to.starts_with("http") { format!(" ({to})") } else { String::new() };
    format!("{before}{label}{to}{}", unlinked(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, expected: &[&str]) {
        assert_eq!(lines(page), expected);
    }

    #[test]
    fn a_page_keeps_its_words_and_loses_its_marks() {
        check("# Keys\n\n`Ctrl-c` twice **leaves** `**`.", &["Keys", "", "Ctrl-c twice leaves **."]);
        check("```console\n# whoami\n```\n  - an item", &["    # whoami", "  - an item"]);
        check("see [the tour](tour.md) or [SQLite](https://sqlite.example)!", &["see the tour or SQLite (https://sqlite.example)!"]);
        check(
            "| verb | what |\n| --- | --- |\n| `accept TOKEN\\|-` | says yes |\n|  | and more |",
            &["  accept TOKEN|-", "      says yes", "  and more"],
        );
        check("<!-- keys -->\nan [odd bracket", &["an [odd bracket"]);
    }
}
