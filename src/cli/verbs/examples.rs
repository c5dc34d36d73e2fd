//! Examples of every verb: what `help VERB` and the manual show.

/// The verb, what is wanted, the line that does it. A verb with verbs under it shows all of theirs.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("demo", "Look around in a sample agency, from the beginning", "demo --fresh"),
    ("init", "Set a workspace up", "init --name Northlight --owner dana@northlight.example"),
    ("can", "One question", "can ana@acme.example stores.orders.manage acme"),
    ("can", "Many, a line each", "can --batch questions.tsv"),
    ("why", "By which role, or what would help", "why ana@acme.example \"Publish changes\" acme"),
    ("why", "What would take it from somebody", "why ana@acme.example \"Publish changes\" acme --ways"),
    ("give", "Let somebody do one thing", "give ana@acme.example \"Answer the inbox\" acme --dry-run"),
    ("give", "By another of the ways that why numbers", "give ana@acme.example \"Answer the inbox\" acme --way 2"),
    ("take", "One thing from somebody, and as little else as can be", "take ana@acme.example \"Export the contact list\" acme --dry-run"),
    ("who-can", "Everyone who can publish one site", "who-can editor.site.publish acme"),
    ("who-can", "For a spreadsheet, everywhere", "who-can editor.site.publish --format csv"),
    ("what-can", "All that somebody can do on a site", "what-can ana@acme.example acme"),
    ("matrix roles", "Which role gives what, in categories", "matrix roles --summary"),
    ("matrix people", "Who can do what on a site", "matrix people --site acme --filter publish"),
    ("matrix sites", "One person on each of their sites", "matrix sites --person ana@acme.example"),
    ("contact list", "Leads that are labelled vip", "contact list --filter \"status:lead label:vip\""),
    ("contact show", "One contact", "contact show ana@acme.example"),
    ("contact add", "A new client", "contact add \"Ana Ruiz\" --email ana@acme.example --status client"),
    ("contact edit", "Somebody who is no client any more", "contact edit ana@acme.example --status former"),
    ("contact remove", "A contact that goes", "contact remove ana@acme.example"),
    ("person list", "Everybody who can refund", "person list --filter can:refund"),
    ("person list", "Everyone with access to two sites", "person list --site acme,bistro"),
    ("person show", "What somebody owns and holds", "person show ana@acme.example"),
    ("person add", "Somebody new", "person add ana@acme.example --name \"Ana Ruiz\""),
    ("person edit", "Another address", "person edit ana@acme.example --email ana@ruiz.example"),
    ("person bind", "Let a Unix user act as a person", "person bind jonas@northlight.example --uid 1002"),
    ("person unbind", "And no longer", "person unbind --uid 1002"),
    ("person remove", "Somebody who owns and holds nothing", "person remove ana@acme.example"),
    ("site list", "Sites with a shop", "site list --filter \"app:stores\" --columns key,owner"),
    ("site show", "One site and everyone on it", "site show acme"),
    ("site add", "A client's site", "site add Acme --owner ana@acme.example --folder retail"),
    ("site edit", "Install an app", "site edit acme --install \"Wix Stores\""),
    ("site remove", "See first who would lose what", "site remove acme --dry-run"),
    ("folder list", "All folders", "folder list"),
    ("folder show", "One of them", "folder show retail"),
    ("folder add", "A folder in another", "folder add Cafes --parent retail"),
    ("folder edit", "Another name", "folder edit retail --name Shops"),
    ("folder remove", "What is in it moves to its parent", "folder remove cafes"),
    ("role list", "Roles that can publish", "role list --filter can:editor.site.publish"),
    ("role show", "What a role grants and implies", "role show store-helper"),
    ("role add", "A role of one's own", "role add \"Store helper\" --permissions stores.orders.manage"),
    ("role edit", "Say what it is for", "role edit store-helper --about \"Packs and ships\""),
    ("role remove", "Its holders get another", "role remove store-helper --replace-with store-manager"),
    ("role duplicate", "A copy to change", "role duplicate website-manager \"Junior manager\""),
    ("role grant", "See what it drags along", "role grant store-helper stores.orders.manage --dry-run"),
    ("role revoke", "And what falls", "role revoke store-helper stores.orders.manage"),
    ("role pin", "Keep what is implied", "role pin store-helper stores.orders.view"),
    ("role diff", "Is one wider than the other", "role diff website-manager website-designer"),
    ("role compare", "For a client, in plain words", "role compare guest-writer blog-writer blog-editor --format md"),
    ("role find", "Who answers the inbox: by which role", "role find crm.inbox.manage --site acme"),
    ("role fit", "Less would do for Jonas: which role", "role fit jonas@northlight.example --site acme"),
    ("role mine", "One role for those who hold the same two", "role mine --least 5"),
    ("role template list", "What is there to begin with", "role template list --filter platform:wix"),
    ("role template show", "One of them", "role template show shop-packer"),
    ("role template use", "Make it a role", "role template use shop-packer --name \"Packer\""),
    ("catalog list", "With the most roles first", "catalog list --sort -roles --limit 5"),
    ("catalog show", "How somebody gets in there", "catalog show google-analytics"),
    ("catalog check", "Whether a file is one", "catalog check mine.toml"),
    ("catalog add", "A platform of one's own", "catalog add mine.toml"),
    ("catalog remove", "The program's own again", "catalog remove ghost"),
    ("permission list", "By its words", "permission list --filter \"delete contact\""),
    ("permission show", "What it needs and who gives it", "permission show editor.site.publish"),
    ("ceiling", "What no role can give", "ceiling wix"),
    ("assign", "A role on two sites, until a day", "assign ana@acme.example store-helper --site acme,bistro --until 2027-01-31"),
    ("assign", "As somebody else has it", "assign ben@northlight.example --like jonas@northlight.example"),
    ("unassign", "Take it", "unassign ana@acme.example store-helper --site acme"),
    ("assignment list", "What never ends", "assignment list --filter until:never"),
    ("invite list", "What waits for an answer", "invite list"),
    ("invite show", "One with its history", "invite show 3"),
    ("invite send", "With an end", "invite send ana@acme.example --role store-helper --site acme --until 8w"),
    ("invite resend", "With a new link", "invite resend 3"),
    ("invite accept", "Say yes by the link's token", "invite accept -"),
    ("invite cancel", "Take it back", "invite cancel 3"),
    ("invite decline", "Note that they said no", "invite decline 3"),
    ("accept", "The token comes from stdin, where nobody reads it over your shoulder", "accept -"),
    ("request list", "What clients were asked for", "request list"),
    ("request show", "One with its history", "request show 2"),
    ("request send", "Ask a client for access", "request send --contact ana@acme.example --about \"the new shop\" --role website-designer"),
    ("request approve", "The client said yes, for this site", "request approve 2 --site acme"),
    ("request decline", "The client said no", "request decline 2"),
    ("request withdraw", "It is not needed any more", "request withdraw 2"),
    ("request resend", "Ask again", "request resend 2"),
    ("transfer list", "What waits for an answer", "transfer list"),
    ("transfer show", "One with its history", "transfer show 1"),
    ("transfer send", "Hand a site over, plan and all", "transfer send acme --to ana@acme.example --with-plan"),
    ("transfer resend", "With a new link", "transfer resend 1"),
    ("transfer cancel", "Take it back", "transfer cancel 1"),
    ("transfer decline", "Note that they said no", "transfer decline 1"),
    ("partner list", "What waits for an answer", "partner list"),
    ("partner show", "What it means for both sides", "partner show acme"),
    ("partner propose", "Carry a client's site", "partner propose acme"),
    ("partner reclaim", "See what the client's taking it back would do", "partner reclaim acme --dry-run"),
    ("partner resend", "With a new link", "partner resend 2"),
    ("partner cancel", "Take it back", "partner cancel 2"),
    ("partner decline", "Note that they said no", "partner decline 2"),
    ("team show", "The agency's profile and seats", "team show"),
    ("team edit", "Days end when they end in Lisbon", "team edit --zone Europe/Lisbon"),
    ("team list", "Who is in the team", "team list"),
    ("team remove", "Take every team role", "team remove jonas@northlight.example"),
    ("leave", "End one's own access to a site", "leave --site acme"),
    ("expel", "Take all roles on a site", "expel ana@acme.example --site acme"),
    ("offboard", "See the whole plan", "offboard jonas@northlight.example"),
    ("offboard", "Do it, with a receipt", "offboard jonas@northlight.example --apply --receipt jonas.md"),
    ("review start", "All that is held on a site and reaches it", "review start spring --site acme"),
    ("review list", "How far they are", "review list"),
    ("review show", "All there is to decide on", "review show spring"),
    ("review next", "What is still open, the riskiest first", "review next spring"),
    ("review decide", "One is kept for a reason", "review decide spring 1 --keep --because \"runs the shop\""),
    ("review decide", "Two are taken", "review decide spring 2,3 --take"),
    ("review finish", "See first what it comes to", "review finish spring --dry-run"),
    ("review report", "What was decided, as a page", "review report spring --format html -o spring.html"),
    ("test", "Whether what must hold does, and what no claim would miss", "test access.test --mutate"),
    ("audit", "What is wrong, the worst first", "audit"),
    ("audit", "For cron: only what is bad, told by the exit code", "audit --severity high --columns severity,finding"),
    ("audit", "About one person", "audit --person ana@acme.example"),
    ("audit rules", "What is looked for", "audit rules"),
    ("audit explain", "Why something is a finding", "audit explain never-ends"),
    (
        "audit accept",
        "Right as it is, until somebody looks again",
        "audit accept one-publisher:vesper-wines --until 90d --because 'the client wants one'",
    ),
    ("audit withdraw", "Wrong after all", "audit withdraw one-publisher:vesper-wines"),
    ("audit set", "Two publishers are too few", "audit set one-publisher people 3"),
    ("audit fix", "See first what would be done", "audit fix former-with-access:theo@northlight.example --dry-run"),
    ("due", "For cron: exits with 1 where something comes up", "due --within 14d"),
    ("timeline", "The history of a site", "timeline acme"),
    ("diff", "Who gained and lost what since a day", "diff --from 2026-11-01"),
    ("diff", "What one person gained and lost in a month", "diff --from 2026-10-01 --to 2026-10-31 --person ana@acme.example"),
    ("report site", "For the client, to print", "report site acme --format html --output acme.html"),
    ("report site", "And signed, so that it can be checked", "report site acme --format html --output acme.html --sign ~/.ssh/id_ed25519"),
    ("report person", "What somebody has access to", "report person ana@acme.example"),
    ("report workspace", "For an auditor, as it was on a day", "report workspace --at 2026-06-30 --format md --ids"),
    ("plan", "What a list of commands would do", "plan change.jsonl"),
    ("plan", "And keep it for a second pair of eyes", "plan change.jsonl --out plan.jsonl"),
    ("plan", "What takes the workspace to what a file in git says", "plan --to access.jsonl --prune --out plan.jsonl"),
    ("apply", "Do what was looked at, as one entry", "apply plan.jsonl"),
    ("apply", "Command by command, from another program", "apply --each -"),
    ("import bundle", "A whole workspace", "import bundle northlight.jsonl"),
    ("import contacts", "A file of another program; see first", "import contacts contacts.csv --dry-run"),
    ("import people", "People with their roles", "import people people.csv --site acme"),
    ("import sites", "All but the bad rows", "import sites sites.csv --skip-invalid"),
    ("export bundle", "A whole workspace", "export bundle --output northlight.jsonl"),
    ("export contacts", "As cards", "export contacts --vcard --output contacts.vcf"),
    ("export people", "As a table", "export people --output people.csv"),
    ("export sites", "As a table", "export sites --output sites.csv"),
    ("journal", "What Dana did lately", "journal --filter dana --limit 50"),
    ("journal show", "One entry and what it changed", "journal show 12"),
    ("journal seal", "The newest entry, signed, to be kept elsewhere", "journal seal --output seal.json --sign ~/.ssh/id_ed25519"),
    ("undo", "Take the last step back", "undo"),
    ("undo", "A whole afternoon, seen first", "undo 12..30 --dry-run"),
    ("redo", "Take the undo back", "redo"),
    ("verify", "With a head that was noted elsewhere", "verify --head 1:a16b8aa6d505eaa7f9a158121fec1fa712f726eda1756c4c966618a947b9b2e9"),
    ("verify", "A statement, its signature and the journal", "verify --statement acme.html --signers signers"),
    ("config", "A file to begin with", "config"),
    ("doctor", "What is in force here", "doctor"),
    ("completions", "For bash", "completions bash"),
    ("help", "About lists and their filters", "help lists"),
    ("man", "Read a page", "man role grant"),
];

/// What is wanted and the line that does it, of a verb and those under it.
pub(super) fn of(path: &[String]) -> impl Iterator<Item = (&'static str, String)> {
    let verb = path.join(" ");
    let is_under = move |it: &&(&str, &str, &str)| !verb.is_empty() && (it.0 == verb || it.0.starts_with(&format!("{verb} ")));
    EXAMPLES.iter().filter(is_under).map(|(_, wanted, line)| (*wanted, format!("rolecall {line}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Command, CommandFactory, Parser};

    use super::*;
    use crate::cli::Cli;

    fn leaves(command: &Command, path: &[String], found: &mut BTreeSet<String>) {
        for inner in command.get_subcommands() {
            let path = [path, &[inner.get_name().to_owned()]].concat();
            if inner.get_subcommands().next().is_none() {
                found.insert(path.join(" "));
            }
            leaves(inner, &path, found);
        }
    }

    #[test]
    fn every_verb_has_an_example_and_every_example_is_understood() {
        let mut program = Cli::command();
        program.build();
        let mut verbs = BTreeSet::new();
        leaves(&program, &[], &mut verbs);
        let without: Vec<&String> = verbs.iter().filter(|it| !EXAMPLES.iter().any(|(verb, ..)| verb == it)).collect();
        assert!(without.is_empty(), "{without:?}");
        for (verb, _, line) in EXAMPLES {
            // Every other piece stands between quotes.
            let pieces = line.split('"').enumerate();
            let words: Vec<String> = pieces
                .flat_map(|(at, it)| if at % 2 == 1 { vec![it.to_owned()] } else { it.split_whitespace().map(str::to_owned).collect() })
                .collect();
            let error = Cli::try_parse_from(std::iter::once("rolecall".to_owned()).chain(words)).err();
            assert!(line.starts_with(verb) && error.is_none(), "{line}: {error:?}");
        }
    }
}
