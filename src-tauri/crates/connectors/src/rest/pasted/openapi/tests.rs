//! Documents as tools write them, in both notations and all three versions.

use serde_json::json;

use super::*;

fn read_json(json: &Json) -> Result<Pasted, PastedError> {
    read(json, &KnownFields::new())
}

fn first(pasted: &Pasted) -> &Candidate {
    pasted.candidates.first().unwrap()
}

/// A document of version 3 with these paths.
fn document(paths: &Json) -> Json {
    json!({
        "openapi": "3.0.3",
        "servers": [{"url": "https://{region}.crm.example/v1/", "variables": {"region": {"default": "eu"}}}],
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "token": {"type": "http", "scheme": "Bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "api_key"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
                "login": {"type": "oauth2", "flows": {}},
            },
            "schemas": {
                "Contact": {"allOf": [
                    {"type": "object", "properties": {"id": {"type": "integer"}, "first_name": {"type": "string", "example": "Ann"}}},
                    {"$ref": "#/components/schemas/Reachable"},
                    {"type": "object", "properties": {
                        "partner": {"$ref": "#/components/schemas/Contact"},
                        "wedding": {"type": "object", "properties": {"date": {"type": "string", "format": "date"}}},
                    }},
                ]},
                "Reachable": {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}},
                "Tag": {"type": "object", "properties": {"id": {"type": "integer"}, "label": {"type": "string"}}},
            },
        },
    })
}

fn list_of(schema: &str) -> Json {
    json!({"responses": {"200": {"content": {"application/json": {"schema": {
        "type": "object", "properties": {
            "data": {"type": "array", "items": {"$ref": format!("#/components/schemas/{schema}")}},
            "meta": {"type": "object", "properties": {"total": {"type": "integer"}}},
        },
    }}}}}})
}

#[test]
fn the_likeliest_list_comes_first() {
    let mut contacts = list_of("Contact");
    contacts["summary"] = json!("List contacts");
    let pasted = read_json(&document(&json!({
        "/tags": {"get": list_of("Tag")},
        "/contacts/{id}": {"get": list_of("Contact")},
        "/con\ntacts": {"get": list_of("Contact")},
        "/contacts": {"get": contacts, "post": list_of("Contact")},
        "/me": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Contact"}}}}}}},
    })))
    .unwrap();
    let addresses: Vec<&str> = pasted.candidates.iter().filter_map(|one| one.address.as_deref()).collect();
    assert_eq!(addresses, ["https://eu.crm.example/v1/contacts", "https://eu.crm.example/v1/tags"]);
    assert_eq!(pasted.notes, []);
    let first = first(&pasted);
    assert_eq!(first.label, "List contacts (/contacts)");
    assert_eq!(first.signed, Some(SignedBy::Header("X-Api-Key".to_owned())));
    assert!(first.key.is_none(), "a document holds none");
    let seen = first.seen.as_ref().unwrap();
    assert_eq!((seen.list.as_str(), seen.id.as_deref(), seen.rows), ("data", Some("id"), None));
    let uses = |path: &str| seen.fields.iter().find(|field| field.path == path).unwrap().uses.join(" ");
    assert_eq!(uses("email"), "primary.email", "{:?}", seen.fields);
    assert_eq!(uses("first_name"), "primary.first_name");
    assert!(seen.fields.iter().any(|field| field.path == "wedding.date"), "fields of objects in it");
    assert!(seen.fields.iter().any(|field| field.path == "partner.email"), "a schema that refers to itself");
}

#[test]
fn how_it_is_open() {
    let with = |security: Json| {
        let mut contacts = list_of("Contact");
        contacts["security"] = security;
        read_json(&document(&json!({"/contacts": {"get": contacts}})))
    };
    for (security, signed, notes) in [
        (json!([{"token": []}]), Some(SignedBy::Bearer), vec![]),
        (json!([{"login": []}, {"query": []}]), Some(SignedBy::Query("api_key".to_owned())), vec![]),
        (json!([]), None, vec![]),
        (json!([{}, {"login": []}]), None, vec![]),
        (json!([{"session": []}]), None, vec![Note::OtherSignIn]),
        (json!([{"key": [], "token": []}]), None, vec![Note::OtherSignIn]),
        (json!([{"nobody": []}]), None, vec![Note::OtherSignIn]),
    ] {
        let pasted = with(security.clone()).unwrap();
        assert_eq!((&first(&pasted).signed, &pasted.notes), (&signed, &notes), "{security}");
    }
    assert!(matches!(with(json!([{"login": ["read"]}])), Err(PastedError::OauthAlone)));
}

#[test]
fn version_two() {
    let pasted = read_json(&json!({
        "swagger": "2.0", "host": "crm.example", "basePath": "/api", "schemes": ["http", "https"],
        "securityDefinitions": {"basic": {"type": "basic"}},
        "paths": {"/clients": {"get": {"responses": {"200": {"schema": {
            "type": "array", "items": {"$ref": "#/definitions/Client~1Person"},
        }}}}}},
        "definitions": {"Client/Person": {"properties": {"id": {}, "email": {}}}},
    }))
    .unwrap();
    assert_eq!(first(&pasted).address.as_deref(), Some("https://crm.example/api/clients"));
    assert_eq!(first(&pasted).signed, Some(SignedBy::Basic), "the only way that there is");
    assert_eq!(first(&pasted).seen.as_ref().unwrap().list, "", "the answer is the list");
}

#[test]
fn version_three_one_in_yaml() {
    let text = r"
openapi: 3.1.0
info: {title: Studio, version: 1.0}
servers:
  - url: /api
paths:
  /bookings:
    parameters:
      - $ref: '#/components/parameters/Studio'
      - {name: limit, in: query, required: true, schema: {type: integer, default: 50}}
    get:
      responses:
        default:
          content:
            application/vnd.api+json:
              schema:
                type: [object, 'null']
                properties:
                  data:
                    oneOf:
                      - {type: array, items: {properties: {id: {type: string}, customerEmail: {type: string}}}}
                      - {type: 'null'}
components:
  parameters:
    Studio: {name: studio, in: query, required: true, schema: {type: string}}
";
    let pasted = read(&super::super::yaml::read(text).unwrap(), &KnownFields::new()).unwrap();
    assert_eq!(first(&pasted).address.as_deref(), Some("/bookings?studio=&limit=50"));
    assert_eq!(pasted.notes, [Note::NoServer, Note::FillIn], "both are the person's to say");
    assert_eq!(first(&pasted).seen.as_ref().unwrap().list, "data");
}

#[test]
fn an_example_stands_for_a_schema() {
    let mut old = json!({"swagger": 2.0, "host": "crm.example", "paths": {"/people": {"get": {"responses": {"200": {
        "examples": {"application/json": [{"id": 1, "email": "ann@example.com"}]}
    }}}}}});
    let seen = |pasted: &Pasted| first(pasted).seen.clone().unwrap();
    assert_eq!(seen(&read_json(&old).unwrap()).id.as_deref(), Some("id"));
    old["paths"]["/people"]["get"]["responses"]["200"]["examples"]["application/json"] =
        json!("[{\"id\": 1, \"email\": \"ann@example.com\"}]");
    let as_text = seen(&read_json(&old).unwrap());
    assert_eq!((as_text.fields.len(), as_text.rows), (1, None), "an example's number of rows is made up");
}

#[test]
fn circles_and_other_documents() {
    let mut circle = document(&json!({"/contacts": {"get": list_of("A")}}));
    circle["components"]["schemas"]["A"] = json!({"$ref": "#/components/schemas/B"});
    circle["components"]["schemas"]["B"] = json!({"$ref": "#/components/schemas/A"});
    assert!(matches!(read_json(&circle), Err(PastedError::NoListDescribed)));
    let mut all_of = document(&json!({"/contacts": {"get": list_of("A")}}));
    all_of["components"]["schemas"]["A"] =
        json!({"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/A"}]});
    assert!(matches!(read_json(&all_of), Err(PastedError::NoListDescribed)), "and it ends");
    let elsewhere = |paths: &Json| read_json(&document(paths));
    let there = json!({"$ref": "https://crm.example/contacts.yaml"});
    assert!(matches!(elsewhere(&json!({"/contacts": there})), Err(PastedError::DescribedElsewhere)));
    let some = elsewhere(&json!({"/contacts": there, "/tags": {"get": list_of("Tag")}})).unwrap();
    assert_eq!(some.notes, [Note::Elsewhere]);
}

#[test]
fn a_document_that_refers_to_itself_everywhere_is_read_in_time() {
    let paths: serde_json::Map<String, Json> =
        (0..2_000).map(|at| (format!("/c{at}"), json!({"get": list_of("Wide")}))).collect();
    let mut wide = document(&Json::Object(paths));
    let members: serde_json::Map<String, Json> =
        (0..500).map(|at| (format!("f{at}"), json!({"$ref": "#/components/schemas/Wide"}))).collect();
    wide["components"]["schemas"]["Wide"] = json!({"properties": members});
    let began = std::time::Instant::now();
    assert_eq!(read_json(&wide).unwrap().candidates.len(), 20);
    // A second or two on a machine with nothing else to do; following everything would take hours.
    assert!(began.elapsed() < std::time::Duration::from_secs(90), "took {:?}", began.elapsed());
}

#[test]
fn servers_that_are_none() {
    for url in [
        "ftp://crm.example",
        "https://a:b1@crm.example",
        "https://{x}.example",
        "//crm.example",
        "",
        "javascript:1",
    ] {
        let mut odd = document(&json!({"/contacts": {"get": list_of("Contact")}}));
        odd["servers"] = json!([{"url": url}]);
        let pasted = read_json(&odd).unwrap();
        assert_eq!(first(&pasted).address.as_deref(), Some("/contacts"), "{url}");
        assert_eq!(pasted.notes, [Note::NoServer], "{url}");
    }
}

#[test]
fn a_server_is_written_as_it_is_read() {
    let mut odd = document(&json!({"/contacts": {"get": list_of("Contact")}}));
    odd["servers"] = json!([{"url": "HTTPS://CRM.example:443/a\n/b/"}]);
    assert_eq!(first(&read_json(&odd).unwrap()).address.as_deref(), Some("https://crm.example/a/b/contacts"));
}
