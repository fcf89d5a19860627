//! A site whose pages a script draws, read through a window. The window is a stand-in that does over real HTTP what the page's
//! script does; the real one is the app's, whose own story acts it out.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hub_connectors::{PageAsked, PageDrawn, PageViews, Session, SessionCookie, ViewFault, messages};
use hub_core::ports::{Connector as _, RetryAdvice, Secret};
use hub_sandbox::site::{Mood, SiteShape};
use serde_json::Value as Json;

use crate::pages::{Bench, own, signed_in, sweep};

const ROWS: &str = r#"
select = "section.person-row"
kind = "elements"
id = { attr = "data-key" }
needed = ["name"]

[routes.sign_in.page.rows.fields]
name = { select = ".who" }
mail = { select = ".mail" }
day = { select = "time.when" }
"#;
const FIELDS: &str =
    "name = \"primary.full_name\"\nmail = \"primary.email\"\nday = \"project.wedding_date\"\n";
const TOTAL: &str =
    "path = \"/app/clients\"\ntotal = { select = \"p.count\" }\naccount = { select = \"b.owner\" }";

/// Does what the page's own script does.
#[derive(Default)]
struct Engine {
    asked: Mutex<Vec<PageAsked>>,
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> ViewFault {
    ViewFault::Unusable(Box::new(error))
}

#[async_trait]
impl PageViews for Engine {
    async fn draw(&self, asked: PageAsked) -> Result<PageDrawn, ViewFault> {
        let line: Vec<String> =
            asked.cookies.iter().map(|one| format!("{}={}", one.name, one.value.expose())).collect();
        let client = reqwest::Client::new();
        let get = |url: String| client.get(url).header("cookie", line.join("; ")).send();
        let page = get(asked.url.to_string()).await.map_err(unusable)?;
        let (url, page) = (page.url().clone(), page.text().await.map_err(unusable)?);
        let mut html = page.clone();
        if page.contains("id=app") {
            let number =
                url.query_pairs().find(|(name, _)| name == "page").map(|(_, number)| number.into_owned());
            let data =
                format!("{}?page={}", url.join("/app/data").unwrap(), number.as_deref().unwrap_or("1"));
            let data: Json =
                serde_json::from_str(&get(data).await.map_err(unusable)?.text().await.map_err(unusable)?)
                    .unwrap();
            let rows: String = data["contacts"].as_array().unwrap().iter().map(row).collect();
            let next = match &data["next"] {
                Json::Null => String::new(),
                next => format!("<a rel=next href='?page={next}'>Next</a>"),
            };
            let drawn =
                format!("<main id=app><p class=count>{} clients</p>{rows}{next}</main>", data["total"]);
            html = page.replace("<main id=app><p>Loading…</p></main>", &drawn);
        }
        let renewed = SessionCookie {
            name: "seen".to_owned(),
            value: Secret::new("yes"),
            ..asked.cookies.first().cloned().expect("somebody is signed in")
        };
        let cookies = asked.cookies.iter().cloned().chain([renewed]).collect();
        self.asked.lock().unwrap().push(asked);
        Ok(PageDrawn { url, html, cookies })
    }
}

fn row(couple: &Json) -> String {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let other = couple["other"].as_str().map(|other| format!(" &amp; {other}")).unwrap_or_default();
    format!(
        "<section class=person-row data-key='{}'><h3 class=who>{} {}{other}</h3><span class=mail>{}</span>\
         <time class=when>{}</time></section>",
        text(&couple["uid"]),
        text(&couple["given"]),
        text(&couple["family"]),
        text(&couple["mail"]),
        text(&couple["event"]["on"]),
    )
}

fn bench(couples: usize, page: &str) -> (Bench, Arc<Engine>) {
    let mut bench = Bench::new(SiteShape::Drawn, couples, &own(ROWS, page, FIELDS));
    let engine = Arc::new(Engine::default());
    let cookies = signed_in(&bench.site);
    let session = Session::opened(bench.site.address(), &cookies).with_views(Some(engine.clone()));
    bench.session = Arc::new(session);
    (bench, engine)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_a_script_draws_is_read_in_a_window_with_the_same_session() {
    let (bench, engine) = bench(31, TOTAL);
    let found = bench.found().await;
    assert!(found.definition.contains("drawn_by = \"script\""), "found out by itself: {}", found.definition);
    assert_eq!(found.documents.len(), 5);
    let records = sweep(&bench.connector(&found)).await.expect("the whole list");
    assert_eq!(records.len(), 31);
    let mut mails: Vec<String> = records
        .iter()
        .map(|record| serde_json::from_str::<Json>(&record.raw).unwrap()["mail"].as_str().unwrap().to_owned())
        .collect();
    let mut expected: Vec<String> = bench.site.couples().into_iter().map(|couple| couple.email).collect();
    mails.sort();
    expected.sort();
    assert_eq!(mails, expected);
    let asked = engine.asked.lock().unwrap();
    let host = bench.site.address().replace("http://", "");
    assert!(asked.iter().all(|asked| asked.hosts == [host.clone()]), "the site and nowhere else");
    assert!(asked.iter().all(|asked| asked.rows == "section.person-row"), "it waits for the rows");
    assert!(asked.iter().all(|asked| asked.instead.iter().any(|one| one.contains("password"))), "or a form");
    assert!(asked[1].cookies.iter().any(|cookie| cookie.name == "seen"), "what a window changed goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_04_a_script_that_draws_less_than_there_is_is_no_whole_list() {
    let (bench, _engine) = bench(12, TOTAL);
    let found = bench.found().await;
    let connector = bench.connector(&found);
    assert_eq!(sweep(&connector).await.expect("whole").len(), 12);
    bench.site.becomes(Mood::Lazy);
    let error = sweep(&bench.connector(&found)).await.expect_err("five of twelve are not the list");
    assert_eq!(error.retry, RetryAdvice::ResetPaging, "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_04_without_a_total_or_a_window_nothing_is_concluded() {
    let untold = "path = \"/app/clients\"";
    let (no_total, engine) = bench(9, untold);
    assert!(
        no_total.look(&no_total.site.list()).await.expect("the site answers").is_none(),
        "no list is found"
    );
    assert!(engine.asked.lock().unwrap().is_empty(), "and no window opened in vain");
    let (bench, _engine) = bench(9, TOTAL);
    let found = bench.found().await;
    let mut alone = bench;
    alone.session = Arc::new(Session::opened(alone.site.address(), &signed_in(&alone.site)));
    let error = sweep(&alone.connector(&found)).await.expect_err("hub without the app has no window");
    assert_eq!((error.message_id, error.retry), (messages::NEEDS_APP, RetryAdvice::Never));
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_39_whoever_is_signed_out_or_asked_for_is_told_before_any_window_opens() {
    let (bench, engine) = bench(9, TOTAL);
    let found = bench.found().await;
    let connector = bench.connector(&found);
    assert_eq!(connector.streams().len(), 1);
    let opened = engine.asked.lock().unwrap().len();
    bench.site.becomes(Mood::AsksForPerson);
    let error = sweep(&connector).await.expect_err("a person is asked for");
    assert_eq!((error.message_id, error.retry), (messages::PERSON_ASKED, RetryAdvice::SignIn));
    bench.site.becomes(Mood::Usual);
    bench.site.sign_everybody_out();
    let error = sweep(&connector).await.expect_err("signed out");
    assert_eq!((error.message_id, error.retry), (messages::SESSION_OVER, RetryAdvice::SignIn));
    assert_eq!(engine.asked.lock().unwrap().len(), opened, "no window was needed to see it");
}
