//! An authorization server alone, for public clients.

use std::sync::Arc;

use serde_json::json;

use super::{
    Authority, AuthorityConfig, AuthorityCounts, AuthoritySwitches, CrmLogin, Endpoints, Habits, Redirects,
    Rotation,
};
use crate::http::{Answer, Door, Request, Response, Site};

/// A CRM with nothing but its authorization server and the account behind a token (`/me`): public clients that come back to
/// the computer they run on, as RFC 8252 wants it.
#[derive(Debug, Clone)]
pub struct PublicAuthority {
    authority: Arc<Authority>,
    door: Door,
}

impl Site for Authority {
    fn answer(&self, request: Request) -> Answer {
        if let Some(answer) = Authority::answer(self, &request) {
            return answer;
        }
        let (status, body) = match self.bearer(&request) {
            Ok((login, scopes)) => {
                (200, json!({ "id": login.account_id, "name": login.name, "scopes": scopes }))
            }
            Err(reason) => (401, json!({ "error": reason })),
        };
        Response::json(status, body.to_string().into_bytes()).into()
    }
}

impl PublicAuthority {
    /// Opens one on the current runtime.
    pub(crate) async fn open() -> std::io::Result<Self> {
        let authority = Arc::new(Authority::new(AuthorityConfig {
            service: "A CRM".to_owned(),
            client_id: "wedsync-hub".to_owned(),
            client_secret: None,
            redirects: Redirects::Loopback,
            scopes: vec!["openid", "clients.read"],
            logins: vec![CrmLogin {
                login: "sarah@harlowandfinch.example".to_owned(),
                password: "correct horse battery staple".to_owned(),
                account_id: "account-7".to_owned(),
                name: "Harlow & Finch Photography".to_owned(),
            }],
            endpoints: Endpoints::default(),
            habits: Habits::default(),
            rotation: Rotation::Each,
            besides: &[],
        }));
        let door = Door::open(Arc::<Authority>::clone(&authority)).await?;
        authority.set_origin(&door.origin());
        Ok(Self { authority, door })
    }

    /// Where it is; its issuer.
    pub fn origin(&self) -> String {
        self.door.origin()
    }

    /// Who can sign in.
    pub fn login(&self) -> Option<&CrmLogin> {
        self.authority.logins().first()
    }

    /// What it does from now on.
    pub fn switch(&self, switches: AuthoritySwitches) {
        self.authority.switch(switches);
    }

    /// How often tokens were given and refused.
    pub fn counts(&self) -> AuthorityCounts {
        self.authority.counts()
    }
}
