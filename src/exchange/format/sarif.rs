//! Findings as SARIF 2.1.0, for programs that collect them.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::Exporter;
use super::json::inert;
use crate::domain::audit::{RULES, Rule, Severity};

#[derive(Default)]
pub struct Sarif {
    begun: bool,
}

/// A finding as the format has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Value,
    /// By which a later run knows it again.
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Value>,
    /// Why it is right as it is, where somebody answers for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
}

impl Hit {
    /// `places` are what it is about, each with its kind.
    pub fn new(rule: &'static Rule, severity: Severity, key: &str, sentence: &str, places: &[(&str, &str)], because: Option<&str>) -> Hit {
        let place = |(kind, name): &(&str, &str)| json!({ "logicalLocations": [{ "fullyQualifiedName": name, "kind": kind }] });
        Hit {
            rule_id: rule.id,
            rule_index: RULES.iter().position(|it| *it == rule).unwrap_or_default(),
            level: level(severity),
            message: json!({ "text": sentence }),
            partial_fingerprints: json!({ "finding/v1": key }),
            locations: places.iter().map(place).collect(),
            suppressions: because.map(|it| json!({ "kind": "external", "justification": it })).into_iter().collect(),
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High => "error",
    }
}

fn rule(it: &Rule) -> Value {
    json!({
        "id": it.id,
        "shortDescription": { "text": it.title },
        "fullDescription": { "text": it.finds },
        "help": { "text": it.why },
        "defaultConfiguration": { "level": level(it.severity) },
    })
}

impl Sarif {
    /// What stands before the first finding, once.
    fn begin(&mut self, out: &mut dyn Write) -> Result<bool> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(false);
        }
        let rules: Vec<Value> = RULES.iter().map(|it| rule(it)).collect();
        let driver = json!({ "name": "rolecall", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules });
        let frame =
            r#"{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json","version":"2.1.0","#;
        write!(out, "{frame}\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\"results\":[")?;
        Ok(true)
    }
}

impl Exporter for Sarif {
    fn wants_json(&self) -> bool {
        true
    }

    fn write(&mut self, out: &mut dyn Write, _header: &[String], rows: &[Vec<String>]) -> Result<()> {
        for row in rows {
            let is_first = self.begin(out)?;
            out.write_all(if is_first { b"\n" } else { b",\n" })?;
            row.iter().try_for_each(|it| out.write_all(inert(it).as_bytes()))?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _header: &[String], _n: usize) -> Result<()> {
        self.begin(out)?;
        out.write_all(b"]}]}\n")?;
        Ok(())
    }
}
