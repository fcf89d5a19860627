//! Draft forms that an upload makes from a template: one for each client or project it brings, with its own result and
//! undo, and never a second one (MODEL 8).

use std::collections::BTreeSet;

use hub_core::job::{JobKind, Phase};
use hub_core::ports::Job;
use hub_scenarios::Desk;
use serde_json::json;

use crate::support::{Held, cloud_digest, ops, world_of};

fn upload_with(desk: &Desk, template: &str) -> Job {
    let plan = desk.plan();
    desk.wait(desk.engine.approve(&plan, None)).expect("approved");
    let templates = desk.wait(desk.engine.form_templates()).expect("templates");
    let template = templates.into_iter().find(|one| one.id == template).expect("the template");
    desk.job(JobKind::Upload, json!({"plan_id": plan.id, "form": template}))
}

#[test]
fn each_project_gets_one_draft_filled_in_from_what_was_mapped() {
    let world = world_of(30);
    let (before, desk) = (cloud_digest(&world), Desk::new(&world));
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = upload_with(&desk, "wedding-questionnaire");
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let jobs: usize = world.crm.book().expected().parties.iter().map(|party| party.jobs.len()).sum();
    assert_eq!(upload.counts["records"]["form"], json!({"created": jobs}), "a result of its own each");
    {
        let held = Held::of(&world);
        let projects = held.by_source("project");
        let forms = held.all("form");
        for party in world.crm.book().expected().parties {
            for job in &party.jobs {
                let project = projects[&job.id.to_string()];
                let of_job: Vec<_> =
                    forms.iter().filter(|form| form["fields"]["project_id"] == project["name"]).collect();
                assert_eq!(of_job.len(), 1, "one for {}", job.id);
                let fields = &of_job[0]["fields"];
                assert_eq!(fields["state"], "draft", "sent to nobody");
                assert_eq!(fields["client_id"], project["fields"]["client_id"]);
                let answers = &fields["answers"];
                for question in ["wedding_date", "venue_name", "guest_count", "notes"] {
                    assert_eq!(answers[question], project["fields"][question], "{question}: {answers}");
                }
            }
        }
    }
    // Imported and uploaded again with the same template: nothing is new, nothing is doubled.
    let plan = desk.import();
    assert_eq!(ops(&desk, &plan), 0, "a form is nothing that the CRM says");
    let again = upload_with(&desk, "wedding-questionnaire");
    assert_eq!(again.phase, Phase::Done, "{:?}", again.error);
    assert_eq!(Held::of(&world).all("form").len(), jobs);

    let undo = desk.undo(&upload);
    assert_eq!(undo.phase, Phase::Done, "{:?} {:?}", undo.error, undo.counts);
    assert_eq!(cloud_digest(&world), before, "the drafts went with the rest");
}

#[test]
fn each_client_gets_one_draft_with_both_names() {
    let world = world_of(30);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    let upload = upload_with(&desk, "couple-details");
    assert_eq!(upload.phase, Phase::Done, "{:?} {:?}", upload.error, upload.counts);
    let held = Held::of(&world);
    let (forms, people, clients) = (held.all("form"), held.by_name("person"), held.by_name("client"));
    assert_eq!(forms.len(), world.crm.book().expected().parties.len(), "one for each client of the book");
    let of: BTreeSet<&str> = forms.iter().filter_map(|form| form["fields"]["client_id"].as_str()).collect();
    assert_eq!(of.len(), forms.len(), "and no client has two");
    let mut couples = 0;
    for form in forms {
        let client = clients[form["fields"]["client_id"].as_str().expect("a client")];
        let members = client["fields"]["people"].as_object().expect("people");
        let named = |role: &str| {
            members
                .iter()
                .find(|(_, element)| element["role"] == role)
                .map(|(name, _)| people[name.as_str()]["fields"].clone())
                .unwrap_or_default()
        };
        let answers = &form["fields"]["answers"];
        assert_eq!(answers["first_name"], named("primary")["first_name"], "{answers}");
        // WedSync tidies the domain of the record's address; what was mapped is the same address.
        let address = |json: &serde_json::Value| json.as_str().map(str::to_lowercase);
        assert_eq!(address(&answers["email"]), address(&named("primary")["email"]), "{answers}");
        assert_eq!(answers["phone"], named("primary")["phone"]["text"], "{answers}");
        assert_eq!(answers["partner_first_name"], named("partner")["first_name"], "{answers}");
        couples += usize::from(answers["partner_first_name"].is_string());
    }
    assert!(couples > 20, "most are couples");
}

#[test]
fn no_template_makes_no_forms() {
    let world = world_of(10);
    let desk = Desk::new(&world);
    let plan = desk.import();
    desk.answer_everything(&plan);
    assert_eq!(desk.upload().phase, Phase::Done);
    assert_eq!(Held::of(&world).all("form").len(), 0);
}
