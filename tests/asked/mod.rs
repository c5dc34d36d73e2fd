//! The verbs that answer, and the agency that they are asked about.
#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::Value;

use crate::home::Home;

pub(crate) const BIKES: &str = "lindqvist-bikes";
pub(crate) const EMIL: &str = "emil@lindqvist-bikes.example";

pub(crate) fn json(home: &Home, args: &[&str], exit: i32) -> Value {
    serde_json::from_str(&home.check(&[args, &["--format", "json"]].concat(), "", exit)).unwrap()
}

/// Verbs that answer, each with words that every format of its answer has.
pub(crate) const ANSWERS: &[(&str, &[&str])] = &[
    ("can karin@lindqvist-bikes.example editor.site.publish lindqvist-bikes", &["editor.site.publish", "lindqvist-bikes", "site"]),
    ("why emil@lindqvist-bikes.example stores.orders.manage lindqvist-bikes", &["store-helper", "stores.orders.manage"]),
    ("who-can editor.site.publish lindqvist-bikes", &["karin@lindqvist-bikes.example"]),
    ("what-can emil@lindqvist-bikes.example lindqvist-bikes", &["stores.orders.manage"]),
    ("matrix roles --platform wix", &["editor.site.publish"]),
    ("matrix people --site lindqvist-bikes", &["karin@lindqvist-bikes.example", "editor.site.publish"]),
    ("matrix sites --person emil@lindqvist-bikes.example", &["lindqvist-bikes", "editor.site.publish"]),
    ("contact list", &["emil@lindqvist-bikes.example"]),
    ("contact show karin@lindqvist-bikes.example", &["Karin Lindqvist", "client"]),
    ("contact add Nova --email nova@nova.example --dry-run", &["Nova"]),
    ("contact edit karin@lindqvist-bikes.example --status former --dry-run", &["Karin"]),
    ("contact remove emil@lindqvist-bikes.example --dry-run", &["Emil"]),
    ("person list", &["karin@lindqvist-bikes.example", "Karin Lindqvist"]),
    ("person show emil@lindqvist-bikes.example", &["store-helper"]),
    ("person add ove@nova.example --dry-run", &["ove@nova.example"]),
    ("person edit emil@lindqvist-bikes.example --name Emilio --dry-run", &["emil@lindqvist-bikes.example"]),
    ("person bind emil@lindqvist-bikes.example --uid 4242 --dry-run", &["4242"]),
    ("person unbind --uid 4243 --dry-run", &["4243"]),
    ("person remove nova@nova.example --dry-run", &["nova@nova.example"]),
    ("site list", &["lindqvist-bikes", "published"]),
    ("site show lindqvist-bikes", &["emil@lindqvist-bikes.example", "store-helper"]),
    ("site add Nova --dry-run", &["nova"]),
    ("site edit lindqvist-bikes --name Wheels --dry-run", &["lindqvist-bikes"]),
    ("site remove lindqvist-bikes --dry-run", &["lindqvist-bikes", "store-helper"]),
    ("folder list", &["retail"]),
    ("folder show retail", &["retail"]),
    ("folder add Other --dry-run", &["other"]),
    ("folder edit retail --name Shops --dry-run", &["retail"]),
    ("folder remove nova --dry-run", &["nova"]),
    ("role list", &["store-helper", "Store helper"]),
    ("role show store-helper", &["stores.orders.manage"]),
    ("role add Other --permissions stores.orders.manage --dry-run", &["other"]),
    ("role edit store-helper --name Helper --dry-run", &["store-helper"]),
    ("role remove nova --dry-run", &["nova"]),
    ("role duplicate store-helper Other --key other-nova --dry-run", &["other-nova"]),
    ("role grant store-helper editor.site.publish --dry-run", &["editor.site.publish", "emil@lindqvist-bikes.example"]),
    ("role revoke store-helper stores.orders.manage --dry-run", &["stores.orders.manage", "emil@lindqvist-bikes.example"]),
    ("role pin store-helper stores.orders.view --dry-run", &["store-helper"]),
    ("role diff website-manager website-designer", &["website-manager", "website-designer", "wider"]),
    ("role compare guest-writer blog-writer blog-editor", &["Blog"]),
    ("role find stores.orders.manage --site lindqvist-bikes", &["stores.orders.manage", "store-helper"]),
    ("role fit karin@lindqvist-bikes.example", &["lindqvist-bikes"]),
    ("role mine --least 1", &["billing-manager", "financial-manager"]),
    ("role template list", &["shop-packer", "Shop packer"]),
    ("role template show shop-packer", &["shop-packer", "stores.orders.manage"]),
    ("role template use shop-packer --dry-run", &["shop-packer"]),
    ("catalog list", &["google-analytics", "Google Analytics"]),
    ("catalog show ghost", &["ontributor"]),
    ("catalog check mine.toml", &["Mine"]),
    ("catalog add mine.toml --dry-run", &["mine"]),
    ("permission list", &["editor.site.publish", "Publish changes"]),
    ("permission show editor.site.publish", &["editor.site.publish", "Publish changes", "website-manager"]),
    ("ceiling", &["wix", "strict"]),
    ("assign emil@lindqvist-bikes.example website-manager --site lindqvist-bikes --dry-run", &["website-manager", "sites.people.view"]),
    ("unassign emil@lindqvist-bikes.example store-helper --site lindqvist-bikes --dry-run", &["store-helper", "stores.orders.manage"]),
    ("review start autumn --site lindqvist-bikes --dry-run", &["review autumn"]),
    ("review list", &["spring", "lindqvist-bikes"]),
    ("review show spring", &["emil@lindqvist-bikes.example"]),
    ("review show spring 1", &["sensitive"]),
    ("review next spring", &["sensitive"]),
    ("review decide spring 1 --take --dry-run", &["review item 1"]),
    ("review finish spring --dry-run", &["review spring"]),
    ("give emil@lindqvist-bikes.example crm.inbox.manage lindqvist-bikes --dry-run", &["store-helper-lindqvist-bikes", "crm.inbox.manage"]),
    ("take emil@lindqvist-bikes.example stores.orders.manage lindqvist-bikes --dry-run", &["stores.orders.manage"]),
    ("assignment list", &["store-helper", "emil@lindqvist-bikes.example"]),
    ("invite list", &["nils@nova.example"]),
    ("invite show 1", &["nils@nova.example", "store-helper"]),
    ("invite send ove@nova.example --role store-helper --site lindqvist-bikes --dry-run", &["ove@nova.example"]),
    ("invite resend 1 --dry-run", &["nils@nova.example"]),
    ("invite cancel 1 --dry-run", &["nils@nova.example"]),
    ("invite decline 1 --dry-run", &["nils@nova.example"]),
    ("request list", &["karin@lindqvist-bikes.example"]),
    ("request show 1", &["karin@lindqvist-bikes.example"]),
    ("request send --contact karin@lindqvist-bikes.example --role website-designer --about Shop --dry-run", &["request 2"]),
    ("request approve 1 --site papergarden --dry-run", &["invitation 2"]),
    ("request decline 1 --dry-run", &["request 1"]),
    ("request withdraw 1 --dry-run", &["request 1"]),
    ("request resend 1 --dry-run", &["request 1"]),
    ("transfer list", &["karin@lindqvist-bikes.example"]),
    ("transfer show 1", &["karin@lindqvist-bikes.example"]),
    ("transfer send lindqvist-bikes --to karin@lindqvist-bikes.example --dry-run", &["lindqvist-bikes"]),
    ("transfer resend 1 --dry-run", &["karin@lindqvist-bikes.example"]),
    ("transfer cancel 1 --dry-run", &["karin@lindqvist-bikes.example"]),
    ("transfer decline 1 --dry-run", &["karin@lindqvist-bikes.example"]),
    ("partner list", &["brandt-physio"]),
    ("partner show brandt-physio", &["brandt-physio"]),
    ("partner propose fjord-piano --dry-run", &["fjord-piano"]),
    ("partner reclaim nowak-joinery --dry-run", &["nowak-joinery"]),
    ("partner resend 2 --dry-run", &["brandt-physio"]),
    ("partner cancel 2 --dry-run", &["brandt-physio"]),
    ("partner decline 2 --dry-run", &["brandt-physio"]),
    ("team show", &["Northlight"]),
    ("team edit --name Southlight --dry-run", &["Southlight"]),
    ("team list", &["mira@northlight.example"]),
    ("team remove jonas@northlight.example --dry-run", &["jonas@northlight.example"]),
    ("leave --site lindqvist-bikes --as tove@lundhands.example --dry-run", &["tove@lundhands.example"]),
    ("expel emil@lindqvist-bikes.example --site lindqvist-bikes --dry-run", &["store-helper"]),
    ("offboard theo@northlight.example", &["Website Designer"]),
    ("audit --person tove@lundhands.example", &["Tove Lund", "outsider-money:tove@lundhands.example:lindqvist-bikes"]),
    ("audit rules", &["former-with-access", "Former contacts with access"]),
    ("audit explain former-with-access", &["former-with-access", "high"]),
    (
        "audit accept former-with-access:theo@northlight.example --until 90d --because so --dry-run",
        &["former-with-access:theo@northlight.example"],
    ),
    ("audit withdraw one-publisher:vesper-wines --dry-run", &["one-publisher:vesper-wines"]),
    ("audit set one-publisher people 3 --dry-run", &["audit"]),
    ("audit fix former-with-access:theo@northlight.example --dry-run", &["theo@northlight.example", "website-manager"]),
    ("test access.test", &["access.test", "crm.inbox.manage"]),
    ("due --within 36500d", &["daniel@searchlark.example"]),
    ("timeline nova@nova.example", &["dana@northlight.example"]),
    ("diff --from 2020-01-01 --person lukasz@nowak-joinery.example", &["nowak-joinery", "billing.subscriptions.manage"]),
    ("plan plan.jsonl", &["store-helper", "crm.inbox.manage"]),
    ("plan --to more.jsonl", &["person", "more@nova.example"]),
    ("apply plan.jsonl --anyway --dry-run", &["store-helper", "crm.inbox.manage"]),
    ("import bundle more.jsonl --dry-run", &["people", "1"]),
    ("import contacts more.csv --dry-run", &["contacts", "1"]),
    ("import people people.csv --dry-run", &["ova@nova.example"]),
    ("import sites sites.csv --dry-run", &["nova-two"]),
    ("journal", &["dana@northlight.example"]),
    ("journal show 2", &["nils@nova.example"]),
    ("journal seal", &["Northlight", "dana@northlight.example"]),
    ("undo --dry-run", &["4243"]),
    ("redo --dry-run", &["Wither"]),
    ("verify", &["head"]),
    ("doctor", &["workspace", "settings"]),
    ("init --name Other --owner dana@other.example --dry-run --db other.db", &["Other"]),
];

/// Those that print a file in a form of its own, a page to be read, or open the screens; and what takes a link.
pub(crate) const OTHERS: &[&str] = &[
    "catalog remove",
    "review report",
    "demo",
    "accept",
    "invite accept",
    "export bundle",
    "export contacts",
    "export people",
    "export sites",
    "report site",
    "report person",
    "report workspace",
    "config",
    "completions",
    "help",
    "man",
];

/// The sample agency with one of everything that waits for an answer.
pub(crate) fn agency() -> Home {
    let home = Home::demo();
    let sent = |args: &[&str]| {
        json(&home, args, 0)["sent"][0]["accept"].as_str().unwrap_or_default().trim_start_matches("rolecall accept ").to_owned()
    };
    sent(&["invite", "send", "nils@nova.example", "--role", "store-helper", "--site", BIKES]);
    sent(&["request", "send", "--contact", "karin@lindqvist-bikes.example", "--about", "Shop", "--role", "website-designer"]);
    sent(&["transfer", "send", "thimble-and-twine", "--to", "karin@lindqvist-bikes.example"]);
    sent(&["partner", "propose", "brandt-physio"]);
    let token = sent(&["partner", "propose", "nowak-joinery"]);
    home.check(&["accept", token.split(' ').next().unwrap()], "", 0);
    home.check(&["role", "add", "Nova", "--permissions", "stores.orders.manage"], "", 0);
    home.check(&["folder", "add", "Nova"], "", 0);
    home.check(&["person", "add", "nova@nova.example"], "", 0);
    home.check(&["audit", "accept", "one-publisher:vesper-wines", "--until", "90d", "--because", "so"], "", 0);
    home.check(&["review", "start", "spring", "--site", BIKES], "", 0);
    home.check(&["person", "bind", EMIL, "--uid", "4243"], "", 0);
    home.check(&["contact", "add", "Wither"], "", 0);
    home.check(&["undo"], "", 0);
    let files = [
        ("plan.jsonl", "{\"toggle\":{\"role\":\"store-helper\",\"permissions\":[\"crm.inbox.manage\"],\"to\":\"grant\"}}\n"),
        ("more.jsonl", "{\"type\":\"person\",\"email\":\"more@nova.example\",\"name\":\"More\"}\n"),
        ("more.csv", "Name,E-mail\nMore,more@nova.example\n"),
        ("people.csv", "email,role,site\nova@nova.example,store-helper,lindqvist-bikes\n"),
        ("access.test", "can emil@lindqvist-bikes.example crm.inbox.manage lindqvist-bikes\n"),
        ("sites.csv", "key,name\nnova-two,Nova Two\n"),
        (
            "mine.toml",
            "platform = \"mine\"\nname = \"Mine\"\ncategories = [\"All\"]\n[[permission]]\nid = \"dig\"\nlabel = \"Dig\"\ncategory = \"All\"\n",
        ),
    ];
    for (name, text) in files {
        std::fs::write(home.path(name), text).unwrap();
    }
    home
}
