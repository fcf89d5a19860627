//! The few HTML pages a browser sees. No script, no remote content; everything inserted is escaped.

/// Text made safe for HTML content and double-quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head><body>{body}</body></html>",
        escape(title)
    )
}

/// The login form of a service; the request's own parameters travel in hidden fields.
pub(crate) fn login(
    service: &str,
    action: &str,
    parameters: &[(String, String)],
    refused: Option<&str>,
) -> String {
    let hidden: String = parameters
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
        })
        .collect();
    let note = refused.map(|text| format!("<p role=\"alert\">{}</p>", escape(text))).unwrap_or_default();
    let (title, action) = (format!("Sign in to {service}"), escape(action));
    page(
        &title,
        &format!(
            "<h1>{0}</h1>{note}<form method=\"post\" action=\"{action}\">{hidden}\
             <label>E-mail <input name=\"login\" type=\"email\" autocomplete=\"username\"></label>\
             <label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\"></label>\
             <button>Sign in</button></form>",
            escape(&title)
        ),
    )
}

/// The page that hands over to the app, with the short code as the way out when the link does nothing.
pub(super) fn return_to_app(deep_link: &str, short_code: &str) -> String {
    page(
        "Back to WedSync Hub",
        &format!(
            "<h1>You are signed in</h1><p><a id=\"open-app\" href=\"{}\">Open WedSync Hub</a></p>\
             <details><summary>Having trouble?</summary><p>Type this code into WedSync Hub: \
             <code id=\"short-code\">{}</code></p></details>",
            escape(deep_link),
            escape(short_code)
        ),
    )
}

/// What a hotel's network answers in the server's stead.
pub(super) fn captive_portal() -> String {
    page(
        "Welcome to Hotel Wi-Fi",
        "<h1>Welcome to Hotel Wi-Fi</h1><p>Please accept the terms to go online.</p>",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inserted_can_close_an_attribute() {
        let html = login("WedSync", "/authorize", &[("state".to_owned(), "\"><script>".to_owned())], None);
        assert!(!html.contains("<script>"), "the state is escaped: {html}");
        assert!(html.contains("&quot;&gt;&lt;script&gt;"), "and still there: {html}");
    }
}
