//! Sources as the rules read them: without their tests.

/// The text without each item under `#[cfg(test)]`, told by its indentation.
pub(crate) fn without_tests(text: &str) -> String {
    let mut kept = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            skip_item(indent(line), &mut lines);
        } else {
            kept.push(line);
        }
    }
    kept.join("\n")
}

fn skip_item<'a>(depth: usize, lines: &mut impl Iterator<Item = &'a str>) {
    let first = lines.find(|it| !it.trim_start().starts_with("#["));
    if !first.is_none_or(|it| it.ends_with([';', ',', '}'])) {
        lines.find(|it| indent(it) == depth && it.trim_start().starts_with('}'));
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
