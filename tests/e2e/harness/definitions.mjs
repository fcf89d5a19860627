// Definitions of one's own, as somebody writes them into a file.

const head = (key, name, route) => `format = 1
version = 1

[identity]
key = "${key}"
name = "${name}"
description = "connector.custom.description"
icon = "connectors/custom.svg"
category = "custom"

[routes.${route}]
state = "ready"
evidence = "specified"
limits = [{ requests = 600, per_seconds = 60 }]
`;

const failures = (route, offer, action, message) => `
[[routes.${route}.failure]]
status = ["429"]
action = "rate_limited"
message = "error.crm.busy"
offer = "wait"

[[routes.${route}.failure]]
status = ["401", "403"]
action = "${action}"
message = "${message}"
offer = "${offer}"

[[routes.${route}.failure]]
status = ["404", "410"]
action = "fail"
message = "error.crm.not_found"
offer = "report"

[[routes.${route}.failure]]
status = ["408", "425", "5xx"]
action = "retry"
message = "error.crm.unavailable"
offer = "try_again"

[[routes.${route}.failure]]
status = ["4xx"]
action = "fail"
message = "error.crm.request_refused"
offer = "report"
`;

/** A site whose pages a script draws. Its own words say how many there are, which proves the end. */
export const DRAWN = `${head("custom", "The drawn studio", "sign_in")}
[routes.sign_in.auth]
kind = "session"
help = "connector.help.session"

[routes.sign_in.page]
stream = "clients"
path = "/app/clients"
drawn_by = "script"
total = { select = "p.count" }
account = { select = "b.owner" }

[routes.sign_in.page.rows]
kind = "elements"
select = "section.person-row"
id = { attr = "data-key" }
needed = ["name"]

[routes.sign_in.page.rows.fields]
name = { select = ".who" }
mail = { select = ".mail" }
phone = { select = ".tel" }
day = { select = "time.when" }
${failures("sign_in", "sign_in_again", "sign_in", "error.crm.session_over")}
[[capability]]
route = "sign_in"
records = ["person", "project"]
operations = ["read"]
evidence = "specified"
source = "the site itself"

[rows.fields]
name = "primary.full_name"
mail = "primary.email"
phone = "primary.phone"
day = "project.wedding_date"
`;
