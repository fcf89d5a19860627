//! The pages of the sites.

use encoding_rs::WINDOWS_1252;

use super::Mood;
use crate::http::{Request, Response};
use crate::rest::Couple;

/// How a site draws its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteShape {
    /// A table, a link `rel=next`, the form to sign in at an address of its own.
    Table,
    /// Cards in Windows-1252, numbered pages, a session whose secret changes, the form under every address.
    Cards,
    /// A list whose button "Load more" sends a form with a token.
    MoreButton,
    /// Everything on one page.
    OnePage,
    /// JSON in a script element, further pages by a link, and nothing of the class names.
    Script,
    /// Little in the list, the rest on a page for each.
    OwnPages,
    /// A page without anybody, which a script fills from an address of its own.
    Drawn,
}

impl SiteShape {
    /// Those whose rows have the class names of the specification.
    pub const AS_SPECIFIED: [SiteShape; 4] =
        [SiteShape::Table, SiteShape::Cards, SiteShape::MoreButton, SiteShape::OnePage];

    pub(super) fn path(self) -> &'static str {
        match self {
            SiteShape::Table => "/clients",
            SiteShape::Cards => "/studio/people.php",
            SiteShape::MoreButton => "/c/list/",
            SiteShape::OnePage => "/all",
            SiteShape::Script => "/app/contacts",
            SiteShape::OwnPages => "/directory",
            SiteShape::Drawn => "/app/clients",
        }
    }

    fn rows(self) -> usize {
        match self {
            SiteShape::Table | SiteShape::Script => 10,
            SiteShape::Drawn => 12,
            SiteShape::Cards => 8,
            SiteShape::MoreButton => 15,
            SiteShape::OnePage => usize::MAX,
            SiteShape::OwnPages => 6,
        }
    }

    pub(super) fn renews(self) -> bool {
        self == SiteShape::Cards
    }

    pub(super) fn asks_in_place(self) -> bool {
        self == SiteShape::Cards
    }

    /// A page in the characters of the site.
    pub(super) fn written(self, status: u16, body: &str) -> Response {
        let whole = |charset: &str| {
            format!(
                "<!doctype html><html><head><meta charset=\"{charset}\"><title>Studio</title></head><body>{body}</body></html>"
            )
        };
        if self != SiteShape::Cards {
            return Response::html(status, &whole("utf-8"));
        }
        let text = whole("windows-1252");
        let (bytes, _, _) = WINDOWS_1252.encode(&text);
        Response { status, content_type: "text/html", headers: Vec::new(), body: bytes.into_owned() }
    }

    /// A page of the list.
    pub(super) fn page(
        self,
        request: &Request,
        after: Option<&str>,
        couples: &[Couple],
        token: &str,
        owner: &str,
        mood: Mood,
    ) -> String {
        let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
        let rows = self.rows();
        let from = match self {
            SiteShape::Table | SiteShape::Script | SiteShape::Drawn => {
                (number("page").unwrap_or(1).max(1) - 1) * rows
            }
            SiteShape::Cards => number("p").unwrap_or(0) * rows,
            SiteShape::MoreButton => after.and_then(|text| text.parse().ok()).unwrap_or(0),
            SiteShape::OnePage => 0,
            SiteShape::OwnPages => number("from").unwrap_or(0),
        };
        let shown = couples.iter().skip(from).take(rows);
        let more = from.saturating_add(rows) < couples.len();
        let body: String = match self {
            SiteShape::Drawn => String::new(),
            SiteShape::Script => {
                let entries: Vec<serde_json::Value> = shown.map(entry).collect();
                let json = serde_json::json!({"owner": owner, "contacts": entries})
                    .to_string()
                    .replace('<', "\\u003c");
                format!("<div id=root></div><script type=\"application/json\" id=boot>{json}</script>")
            }
            SiteShape::OwnPages => shown
                .map(|couple| {
                    format!(
                        "<li class=person><a href=\"/directory/{}\">{}</a></li>",
                        couple.number,
                        name(couple)
                    )
                })
                .collect(),
            SiteShape::Table | SiteShape::Cards | SiteShape::MoreButton | SiteShape::OnePage => {
                shown.map(|couple| self.row(couple, mood)).collect()
            }
        };
        let way = self.way(from, rows, more, couples.len(), token, mood);
        let head = format!("<header>Signed in as <b class=owner>{}</b></header>", escaped(owner));
        match self {
            SiteShape::Table | SiteShape::OnePage => {
                format!(
                    "{head}<table id=clients><tr><th>Name<th>E-mail<th>Phone<th>Wedding</tr>{body}</table>{way}"
                )
            }
            SiteShape::Cards | SiteShape::Script => format!("{head}<div class=cards>{body}</div>{way}"),
            SiteShape::MoreButton => format!("{head}<ol>{body}</ol>{way}"),
            SiteShape::Drawn => format!("{head}<main id=app><p>Loading…</p></main>{DRAWS}"),
            SiteShape::OwnPages => {
                format!("{head}<p class=count>1–6 of {}</p><ul id=people>{body}</ul>{way}", couples.len())
            }
        }
    }

    /// What the site's own scripts are answered with: a page of the list, empty after its end.
    pub(super) fn answer(self, request: &Request, couples: &[Couple]) -> serde_json::Value {
        let page = request.query("page").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
        let shown = couples.iter().skip((page - 1) * self.rows()).take(self.rows());
        serde_json::json!({"contacts": shown.map(entry).collect::<Vec<_>>()})
    }

    /// What the script of a page that it fills itself is answered with.
    pub(super) fn filling(self, request: &Request, couples: &[Couple], mood: Mood) -> serde_json::Value {
        let page = request.query("page").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
        let from = (page - 1) * self.rows();
        // Only what would be seen without scrolling.
        let drawn = if mood == Mood::Lazy { 5 } else { self.rows() };
        let next = (from + self.rows() < couples.len()).then_some(page + 1);
        let shown = couples.iter().skip(from).take(drawn).map(entry).collect::<Vec<_>>();
        serde_json::json!({"total": couples.len(), "next": next, "contacts": shown})
    }

    fn row(self, couple: &Couple, mood: Mood) -> String {
        let class = |name: &str| match mood {
            Mood::Redesigned => format!("v2-{name}"),
            Mood::Usual
            | Mood::ColumnEmptied
            | Mood::AsksForPerson
            | Mood::SoftBlock
            | Mood::Maintenance
            | Mood::Lazy => name.to_owned(),
        };
        let day = couple.wedding.map(|day| day.strftime("%-d %B %Y").to_string()).unwrap_or_default();
        let who = if mood == Mood::ColumnEmptied { String::new() } else { name(couple) };
        let cells = [
            ("client-name", who),
            ("client-email", escaped(&couple.email)),
            ("client-phone", escaped(&couple.phone)),
            ("wedding-date", day),
        ];
        let (outer, inner) = match self {
            SiteShape::Table | SiteShape::OnePage => ("tr", "td"),
            SiteShape::Cards => ("article", "div"),
            SiteShape::MoreButton | SiteShape::Script | SiteShape::OwnPages | SiteShape::Drawn => {
                ("li", "span")
            }
        };
        let cells: String = cells
            .iter()
            .map(|(name, text)| format!("<{inner} class=\"cell {}\">{text}</{inner}>", class(name)))
            .collect();
        format!(
            "<{outer} class=\"{}\" data-client-id=\"c{}\">{cells}</{outer}>",
            class("client-row"),
            couple.number
        )
    }

    fn way(self, from: usize, rows: usize, more: bool, all: usize, token: &str, mood: Mood) -> String {
        if mood == Mood::Lazy && more && self != SiteShape::Drawn {
            return "<button type=button onclick=\"more()\">Load more</button>".to_owned();
        }
        let path = self.path();
        match self {
            SiteShape::Table if more => {
                format!("<nav><a rel=\"next\" href=\"{path}?page={}\">Next</a></nav>", from / rows + 2)
            }
            SiteShape::Cards => (0..all.div_ceil(rows))
                .filter(|page| page * rows != from)
                .map(|page| format!("<a href=\"?p={page}\">{}</a> ", page + 1))
                .collect(),
            SiteShape::MoreButton if more => format!(
                "<form id=more method=post><input type=hidden name=token value={token}>\
                 <input type=hidden name=after value={}><button>Load more</button></form>",
                from + rows
            ),
            SiteShape::Script if more => {
                format!("<a class=next href=\"{path}?page={}\">›</a>", from / rows + 2)
            }
            SiteShape::OwnPages if more => format!("<a href=\"{path}?from={}\">Older</a>", from + rows),
            SiteShape::Table
            | SiteShape::MoreButton
            | SiteShape::OnePage
            | SiteShape::Script
            | SiteShape::OwnPages
            | SiteShape::Drawn => String::new(),
        }
    }

    /// The page of one couple, where there is such.
    pub(super) fn own_page(self, path: &str, couples: &[Couple]) -> Option<String> {
        let number: u64 = path.strip_prefix("/directory/")?.parse().ok()?;
        let couple = couples.iter().find(|couple| couple.number == number)?;
        if self != SiteShape::OwnPages {
            return None;
        }
        let day = couple.wedding.map(|day| day.to_string()).unwrap_or_default();
        Some(format!(
            "<dl class=person><dd class=mail><a href=\"mailto:{}\">write</a></dd><dd class=tel>{}</dd>\
             <dd class=day>{day}</dd><dd class=place>{}</dd></dl>",
            escaped(&couple.email),
            escaped(&couple.phone),
            escaped(&couple.venue)
        ))
    }
}

fn name(couple: &Couple) -> String {
    let other = couple.partner.as_ref().zip(couple.partner_last.as_ref());
    let other =
        other.map(|(first, last)| format!(" &amp; {} {}", escaped(first), escaped(last))).unwrap_or_default();
    format!("{} {}{other}", escaped(&couple.first), escaped(&couple.last))
}

fn entry(couple: &Couple) -> serde_json::Value {
    serde_json::json!({
        "uid": format!("u-{}", couple.number),
        "given": couple.first, "family": couple.last,
        "other": couple.partner.as_ref().zip(couple.partner_last.as_ref()).map(|(first, last)| format!("{first} {last}")),
        "mail": couple.email, "mobile": couple.phone,
        "event": {"on": couple.wedding.map(|day| day.to_string()), "where": couple.venue},
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Fills the page from an address of its own, as applications in a page do: after a moment, and through the document.
const DRAWS: &str = "<script>(async () => {\
 const page = new URL(location.href).searchParams.get('page') ?? '1';\
 const answer = await (await fetch('/app/data?page=' + page)).json();\
 await new Promise((done) => setTimeout(done, 300));\
 const main = document.getElementById('app');\
 const add = (to, tag, name, text) => { const made = document.createElement(tag);\
 made.className = name; made.textContent = text ?? ''; to.append(made); return made; };\
 main.replaceChildren();\
 add(main, 'p', 'count', answer.total + ' clients');\
 for (const each of answer.contacts) {\
 const row = add(main, 'section', 'person-row', '');\
 row.dataset.key = each.uid;\
 add(row, 'h3', 'who', [each.given + ' ' + each.family, each.other].filter(Boolean).join(' & '));\
 add(row, 'span', 'mail', each.mail); add(row, 'span', 'tel', each.mobile);\
 add(row, 'time', 'when', each.event.on); }\
 if (answer.next !== null) { const next = add(main, 'a', '', 'Next'); next.rel = 'next'; next.href = '?page=' + answer.next; }\
})();</script>";

/// What asks whether a person is there.
pub(super) const ASKS: &str = "<h1>One moment</h1><div class=\"g-recaptcha\" data-sitekey=\"x\"></div>";

pub(super) fn login(token: &str, said: &str, script: &str) -> String {
    format!(
        "<h1>Sign in</h1><p>{said}</p><form method=post action=/login>\
         <input type=hidden name=token value=\"{token}\">\
         <label>E-mail <input type=email name=email></label><label>Password <input type=password name=password></label>\
         <button>Log in</button></form>{script}"
    )
}

pub(super) fn home(owner: &str, list: &str, script: &str) -> String {
    format!("<h1>Good morning, {}</h1><a href=\"{list}\">Clients</a>{script}", escaped(owner))
}

/// A script that says it is alive, tries to leave, then types and sends the form.
pub(super) fn driver(elsewhere: &str, email: &str, password: &str) -> String {
    format!(
        "<script>setInterval(() => fetch('/alive'), 200);\
         setTimeout(() => {{ location.href = '{elsewhere}/stolen?from=window'; }}, 300);\
         setTimeout(() => {{ const form = document.forms[0]; form.email.value = '{email}'; \
         form.password.value = '{password}'; form.requestSubmit(); }}, 1200);</script>"
    )
}

/// A script that opens the list after a moment.
pub(super) fn onward(list: &str) -> String {
    format!(
        "<script>setInterval(() => fetch('/alive'), 200); setTimeout(() => {{ location.href = '{list}'; }}, 600);</script>"
    )
}
