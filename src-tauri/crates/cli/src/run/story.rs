//! The steps of the demo, each a command of the table.

use hub_api::command;
use hub_api::dto::{
    BulkDecision, ConnectionAnswer, ConnectionId, ConnectionSetScope, ConnectionView, Decision, ImportStart,
    MappingSet, Nothing, ReviewApprove, ReviewDecide, ReviewDecideMany, ReviewUnit, Scope, SignInBegin,
    SignInRoute, UnitKind,
};
use hub_core::message::Message;
use hub_core::ports::Secret;
use serde_json::{Map, json};
use url::Url;

use super::{connect, login, map, review, watch};
use crate::client::Client;
use crate::failure::{Exit, Failure};
use crate::screen::Screen;

/// The sandbox's own supplier; both are published in its source and open nothing else.
const LOGIN: &str = "sarah@harlowandfinch.example";
const PASSWORD: &str = "sandbox-password";
const PROVIDER: &str = "tave";

/// Where the story plays.
pub(super) struct Story<'a> {
    pub(super) crm_url: &'a str,
    pub(super) key: &'a Secret,
}

/// Tells it.
pub(super) async fn tell(client: &Client, screen: Screen, story: &Story<'_>) -> Result<Exit, Failure> {
    sign_in(client, screen).await?;
    let connection = connected(client, screen, story).await?;
    let id = connection.id.clone();
    let preview = map::read_preview(client, screen, &id, None).await?;
    screen.result(&preview, |preview| map::show_preview(screen, preview))?;
    if preview.questions.iter().any(|question| question.decision == "money_unit") {
        // The sandbox counts in pence; a supplier would tell by looking at the two amounts.
        let decisions = Map::from_iter([("money_unit".to_owned(), json!("minor"))]);
        client
            .call::<command::ConnectionAnswer>(&ConnectionAnswer { connection_id: id.clone(), decisions })
            .await?;
        screen.say(&Message::new("hub.demo.money"))?;
    }
    accept_matching(client, screen, &id).await?;
    let whole = ConnectionId { connection_id: id.clone() };
    let import = ImportStart { connection_id: id.clone(), full: None, file_ids: None, choices: None };
    let import = watch::started(client, screen, client.call::<command::ImportStart>(&import)).await?;
    let exit = watch::ended(screen, &import)?;
    if exit != Exit::Done {
        return Ok(exit);
    }
    decide(client, screen, &id).await?;
    let approved = client
        .call::<command::ReviewApprove>(&ReviewApprove { connection_id: id.clone(), seqs: None })
        .await?;
    screen.result(&approved, |approved| {
        screen.say(&Message::new("hub.review.approved").with("count", approved.decided))
    })?;
    if approved.decided == 0 {
        return Ok(Exit::Done);
    }
    let upload = hub_api::dto::PushStart { connection_id: whole.connection_id.clone(), form: None };
    let push = watch::started(client, screen, client.call::<command::PushStart>(&upload)).await?;
    watch::ended(screen, &push)
}

async fn sign_in(client: &Client, screen: Screen) -> Result<(), Failure> {
    let state = client.call::<command::AppState>(&Nothing {}).await?;
    if state.signed_in.is_some() {
        return Ok(());
    }
    let begun = client.call::<command::SignInBegin>(&SignInBegin { route: SignInRoute::Loopback }).await?;
    fill_form(&begun.url).await?;
    let account = login::wait(client, &begun).await?;
    screen.result(&account, |account| {
        screen.say(
            &Message::new("hub.login.done")
                .with("name", &account.supplier_name)
                .with("user", &account.user_name),
        )
    })
}

/// What Sarah does in her browser: types her login into the form, and follows where it sends her.
async fn fill_form(authorize: &str) -> Result<(), Failure> {
    let failed = |source| Failure::because("error.demo_browser", source);
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(failed)?;
    let url = Url::parse(authorize).map_err(|source| Failure::because("error.demo_browser", source))?;
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("login".to_owned(), LOGIN.to_owned()));
    form.push(("password".to_owned(), PASSWORD.to_owned()));
    let mut action = url;
    action.set_query(None);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let answer = browser
        .post(action)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .map_err(failed)?;
    let back = answer
        .headers()
        .get("location")
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| Failure::own("error.demo_browser"))?;
    browser.get(back).send().await.map_err(failed)?;
    Ok(())
}

async fn connected(client: &Client, screen: Screen, story: &Story<'_>) -> Result<ConnectionView, Failure> {
    let held = client.call::<command::ConnectionList>(&Nothing {}).await?.connections;
    if let Some(held) = held.into_iter().find(|held| held.provider == PROVIDER) {
        return Ok(held);
    }
    let wanted = connect::Wanted {
        provider: PROVIDER.to_owned(),
        name: None,
        base_url: Some(story.crm_url.to_owned()),
        replace_key: None,
        feed: false,
    };
    let made = connect::create(client, &wanted, story.key).await?;
    screen.result(&made, |made| screen.say(&connect::connected(made)))?;
    // Everything she has, hidden contacts too, as a full copy would.
    let scope = Scope { hidden: true, ..made.scope.clone() };
    let request = ConnectionSetScope {
        connection_id: made.id,
        scope,
        consent_text_version: connect::CONSENT.to_owned(),
    };
    client.call::<command::ConnectionSetScope>(&request).await
}

/// The suggested matching, taken as it is.
async fn accept_matching(client: &Client, screen: Screen, id: &str) -> Result<(), Failure> {
    let view = client.call::<command::MappingGet>(&ConnectionId { connection_id: id.to_owned() }).await?;
    if view.stored {
        return Ok(());
    }
    let request = MappingSet { connection_id: id.to_owned(), rules: view.rules };
    let stored = client.call::<command::MappingSet>(&request).await?;
    if !stored.stored {
        return Err(Failure::own("error.demo_mapping"));
    }
    screen.say(&Message::new("hub.demo.mapping").with("count", stored.rules.len()))
}

/// Decides in the obvious way and says so: the likeliest answer to a bad value, the one clear candidate of a duplicate.
async fn decide(client: &Client, screen: Screen, id: &str) -> Result<(), Failure> {
    let (mut fixed, mut without, mut left_out) = (0_u64, 0_u64, 0_u64);
    for seq in review::waiting(client, id, UnitKind::Problem).await? {
        if review::fix(client, id, seq).await? {
            fixed += 1;
            continue;
        }
        let bulk = |decision| ReviewDecideMany { connection_id: id.to_owned(), seqs: vec![seq], decision };
        let taken = client.call::<command::ReviewDecideMany>(&bulk(BulkDecision::WithoutMissing)).await?;
        if taken.decided == 1 {
            without += 1;
        } else {
            client.call::<command::ReviewDecideMany>(&bulk(BulkDecision::Reject)).await?;
            left_out += 1;
        }
    }
    let (mut linked, mut own) = (0_u64, 0_u64);
    // A client whose values are settled now may turn out to be a duplicate, so these come second.
    for seq in review::waiting(client, id, UnitKind::Duplicate).await? {
        let request = ReviewUnit { connection_id: id.to_owned(), seq };
        let mut candidates = client.call::<command::ReviewUnit>(&request).await?.candidates.into_iter();
        let decision = match (candidates.next(), candidates.next()) {
            (Some(only), None) => {
                linked += 1;
                Decision::Link { client_id: only.client_id }
            }
            (Some(_), Some(_)) | (None, _) => {
                own += 1;
                Decision::CreateAnyway
            }
        };
        client
            .call::<command::ReviewDecide>(&ReviewDecide { connection_id: id.to_owned(), seq, decision })
            .await?;
    }
    screen.say(
        &Message::new("hub.demo.decided")
            .with("fixed", fixed)
            .with("without", without)
            .with("left_out", left_out)
            .with("linked", linked)
            .with("own", own),
    )
}
