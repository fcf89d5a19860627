//! Jobs of a household with who is on them, when they take place, and what was written down.

use jiff::civil::{Date, Weekday, time};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::dice::Ulid;
use super::expected::{ExpectedJob, PartyRole};
use super::household::Builder;
use super::persons::person_id;
use super::record::{AttachedTo, CustomValue, Event, EventPlace, File, Job, JobContact, Note, Stream};
use super::studio::{CLOSED_REASONS, CUSTOM, ROLES, SOURCES, STATUSES, TODAY};
use super::{JobsEach, Special, Venue};

impl Builder<'_> {
    pub(super) fn add_jobs(&mut self, couple: bool) {
        let opened = Date::from(
            Timestamp::from_second(self.clock).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC),
        );
        let wedding = couple && (self.special.is_some() || self.dice.chance(94));
        let kind = if wedding { "Wedding" } else { "Family portrait" };
        let undated = self.special.is_none() && self.dice.chance(4);
        let date = (!undated).then(|| self.wedding_day(opened, wedding));
        let second = match (self.spec.jobs_each, self.special) {
            (JobsEach::One, _) => false,
            (JobsEach::AsInLife, Some(special)) => special == Special::EngagementAndWedding,
            (JobsEach::AsInLife, None) => wedding && self.dice.chance(10),
        };
        let people = self.job_people();
        let title = self.title(kind);
        let venue = (wedding && self.dice.chance(92))
            .then(|| self.studio.venues[self.dice.below(self.studio.venues.len() as u64) as usize].clone());
        let job = self.add_job(kind, date, people.clone(), &title);
        self.add_events(job, kind, date, venue.as_ref());
        self.add_money(job, date, &people);
        self.add_papers(job, opened);
        if second {
            let day = date.map(|day| day.saturating_sub(90.days()));
            let title = self.title("Engagement");
            let clients: Vec<_> = people.iter().filter(|person| person.2).copied().collect();
            let job = self.add_job("Engagement", day, clients, &title);
            self.add_events(job, "Engagement", day, None);
        }
    }

    /// Who is on the household's first job: address-book id, role in words, marked as client.
    pub(super) fn job_people(&mut self) -> Vec<(Ulid, &'static str, bool)> {
        let mut people = Vec::new();
        for person in self
            .expected
            .people
            .iter()
            .filter(|person| self.out.persons.iter().any(|own| own.id == person.id))
        {
            let marked = person.role != PartyRole::Parent
                && !matches!(self.special, Some(Special::RoleKindClient | Special::OnlyCustomer));
            people.push((person.id, person.job_role, marked));
        }
        if self.is(Special::OnlyCustomer)
            && let (Some(only), Some(expected)) = (people.first_mut(), self.expected.people.first_mut())
        {
            only.1 = "Billing contact";
            expected.job_role = only.1;
        }
        if self.is(Special::MothersOtherChild) {
            let host = Special::PayingMother.home();
            people.push((person_id(self.spec, host, 2), "Mother of the groom", false));
        }
        if self.special.is_none() && self.dice.chance(12) {
            let crew = &self.studio.planners[self.dice.below(self.studio.planners.len() as u64) as usize];
            people.push((crew.id, crew.role, false));
        }
        if self.dice.chance(25) {
            let crew = &self.studio.vendors[self.dice.below(self.studio.vendors.len() as u64) as usize];
            people.push((crew.id, crew.role, false));
        }
        people.push((self.studio.staff[0].id, self.studio.staff[0].role, false));
        people
    }

    pub(super) fn title(&self, kind: &str) -> String {
        let names: Vec<_> = self
            .expected
            .people
            .iter()
            .filter(|person| person.role != PartyRole::Parent)
            .map(|person| person.first_name.as_str())
            .collect();
        format!("{} {}", names.join(" & "), kind.to_lowercase())
    }

    pub(super) fn wedding_day(&mut self, opened: Date, wedding: bool) -> Date {
        let ahead = if wedding { self.days(150, 480) } else { self.days(14, 90) };
        let day = opened.saturating_add(ahead).max(jiff::civil::date(2024, 1, 6));
        if wedding && self.dice.chance(75) {
            day.nth_weekday(1, Weekday::Saturday).unwrap_or(day)
        } else {
            day
        }
    }

    pub(super) fn add_job(
        &mut self,
        kind: &'static str,
        date: Option<Date>,
        people: Vec<(Ulid, &'static str, bool)>,
        title: &str,
    ) -> usize {
        let (id, created, modified) = self.fresh();
        let opened = Date::from(created.to_zoned(jiff::tz::TimeZone::UTC));
        let recent = (TODAY - opened).get_days() < 45;
        let lead =
            self.special.is_none() && (date.is_none() || self.dice.chance(if recent { 35 } else { 12 }));
        let lost = self.is(Special::Closed) || (lead && !recent && self.dice.chance(60));
        let stage = match date {
            _ if lead || (lost && !self.is(Special::Closed)) => "lead",
            Some(day) if day < TODAY.saturating_sub(60.days()) => "completed",
            Some(day) if day < TODAY => "fulfillment",
            _ => "booked",
        };
        let delivered = stage == "completed" && self.special.is_none() && self.dice.chance(30);
        let closed = lost || delivered;
        let reason = match (lost, delivered) {
            (true, _) => Some(CLOSED_REASONS[self.dice.below(4) as usize]),
            (false, true) => Some(CLOSED_REASONS[4]),
            (false, false) => None,
        };
        let source = self.dice.pick(SOURCES);
        let status = STATUSES[if lost { 3 } else { self.dice.below(3) as usize }].0;
        let custom_fields = self.job_fields();
        let custom = super::persons::written(&custom_fields);
        let id_of = |stream, name: &str| self.studio.id_of(stream, name);
        let job = Job {
            id,
            created,
            modified,
            account_balance: 0,
            booking_date: (stage != "lead").then(|| opened.saturating_add(9.days()).min(TODAY)),
            brand_id: self.brand,
            closed,
            closed_reason_id: reason.and_then(|name| id_of(Stream::JobClosedReason, name)),
            closed_date: closed.then(|| opened.saturating_add(30.days()).min(TODAY)),
            closed_reason_name: reason,
            completed_date: (stage == "completed")
                .then(|| date.map(|day| day.saturating_add(50.days())))
                .flatten(),
            credit_balance: 0,
            custom_fields,
            custom_number: Some(format!("J{:05}", self.home + 1)),
            event_date: date,
            external_mappings: Vec::new(),
            fulfillment_date: matches!(stage, "fulfillment" | "completed").then_some(date).flatten(),
            guest_count: (kind == "Wedding").then(|| 20 + (id.0 % 180) as u32),
            inquiry_date: Some(opened),
            job_type_id: id_of(Stream::JobType, kind),
            job_type_name: Some(kind),
            last_client_activity: None,
            lead_confidence: (stage == "lead").then_some("medium"),
            lead_max_budget: None,
            lead_notes: (stage == "lead").then(|| "Saw us at the fair & loved the <i>light</i>".to_owned()),
            lead_rating: None,
            lead_source_id: id_of(Stream::LeadSource, source),
            lead_source_name: SOURCES.iter().find(|name| **name == source).copied(),
            lead_status_id: id_of(Stream::LeadStatus, status),
            lead_status_name: Some(status),
            lead_status_changed_at: Some(created),
            name: None,
            pinned: false,
            primary_session_id: None,
            sample: false,
            stage,
            title: Some(title.to_owned()),
            total_cost: 0,
            total_profit: 0,
            total_revenue: 0,
            web_lead: id.0 % 3 == 0,
        };
        self.out.jobs.push(job);
        for (contact_id, role, client) in &people {
            self.add_job_contact(id, *contact_id, role, *client);
        }
        self.expected.jobs.push(ExpectedJob { id, kind, stage, closed, date, venue: None, people, custom });
        self.out.jobs.len() - 1
    }

    pub(super) fn add_job_contact(&mut self, job_id: Ulid, contact_id: Ulid, role: &str, client: bool) {
        let (id, created, modified) = self.fresh();
        let kind = ROLES.iter().find(|held| held.0 == role).map_or("subject", |held| held.1);
        let named_client = self.is(Special::RoleKindClient) && kind == "subject";
        let mut role_kinds = Vec::new();
        if client || named_client {
            role_kinds.push("client");
        }
        role_kinds.push(kind);
        let job_roles = self.studio.id_of(Stream::JobRole, role).into_iter().collect();
        self.out.job_contacts.push(JobContact {
            id,
            created,
            modified,
            hidden: false,
            client,
            contact_id,
            external_mappings: Vec::new(),
            job_id,
            job_roles,
            role_kinds,
        });
    }

    pub(super) fn job_fields(&mut self) -> Vec<CustomValue> {
        let mut values = Vec::new();
        for (name, kind, _, choices) in CUSTOM.iter().filter(|field| field.2 == "Job") {
            // The first wedding of a book shows every kind of field at once.
            if self.is(Special::EngagementAndWedding) || self.dice.chance(15) {
                let text = self.custom_text(kind, choices);
                values.push(self.custom(name, text));
            }
        }
        values
    }

    pub(super) fn add_events(&mut self, job: usize, kind: &str, date: Option<Date>, venue: Option<&Venue>) {
        if let Some(day) = date {
            let (name, start) = match kind {
                "Wedding" => ("Wedding ceremony", time(13 + (day.day() % 3), 30, 0, 0)),
                "Engagement" => ("Engagement shoot", time(17, 0, 0, 0)),
                _ => ("Portrait session", time(10, 15, 0, 0)),
            };
            let all_day = kind == "Wedding" && self.special.is_none() && self.dice.chance(15);
            let place = venue.map(|venue| EventPlace { id: Some(venue.id), address: None });
            let id = self.add_event(job, name, day, (!all_day).then_some(start), place);
            self.out.jobs[job].primary_session_id = Some(id);
            if let Some(expected) = self.expected.jobs.get_mut(job) {
                expected.venue = venue.map(|venue| venue.name.clone());
            }
        }
        if kind == "Wedding" && self.dice.chance(45) {
            let asked = self.out.jobs[job].inquiry_date.unwrap_or(TODAY).saturating_add(6.days());
            self.add_event(job, "Consultation", asked, Some(time(18, 30, 0, 0)), None);
        }
    }

    pub(super) fn add_event(
        &mut self,
        job: usize,
        kind: &'static str,
        day: Date,
        start: Option<jiff::civil::Time>,
        location: Option<EventPlace>,
    ) -> Ulid {
        let (id, created, modified) = self.fresh();
        let end = start.map(|start| start.saturating_add(SignedDuration::from_hours(4)));
        let utc = |time: Option<_>| time.and_then(|time| self.studio.utc(day, time));
        let event = Event {
            id,
            created,
            modified,
            hidden: false,
            all_day: start.is_none(),
            channel: if kind == "Consultation" { "Virtual" } else { "InPerson" },
            confirmed: self.out.jobs[job].stage != "lead",
            description_html: (kind == "Consultation").then(|| "<p>Talk about the day</p>".to_owned()),
            end_date: Some(day),
            end_time: end,
            end_utc: utc(end),
            external_mappings: Vec::new(),
            job_id: Some(self.out.jobs[job].id),
            location,
            name: Some(kind.to_owned()),
            read_only: false,
            start_date: Some(day),
            start_time: start,
            start_utc: utc(start),
            timezone_name: Some(self.studio.zone),
            timezone_id: Some(self.studio.zone_id),
            type_id: self.studio.id_of(Stream::EventType, kind),
            virtual_url: None,
        };
        self.out.events.push(event);
        self.expected.counts.events += 1;
        id
    }

    pub(super) fn add_papers(&mut self, job: usize, opened: Date) {
        let job_id = self.out.jobs[job].id;
        let author = Some(self.studio.staff[0].id);
        if self.dice.chance(45) {
            let (id, created, modified) = self.fresh();
            let on_contact = self.dice.chance(35);
            let contact_id = on_contact.then(|| self.out.persons[0].id);
            let text = self.dice.pick(&[
                "<p>Rang: they'd love <b>golden hour</b> by the lake &amp; no group shots.</p>",
                "<p>Grandmother uses a wheelchair.</p><ul><li>ramp</li><li>front row</li></ul>",
                "<div>Sent brochure<br>Chase on Friday</div>",
            ]);
            self.out.notes.push(Note {
                id,
                created,
                modified,
                hidden: false,
                author_id: author,
                contact_id,
                content_html: text.to_owned(),
                date: Some(opened),
                job_id: (!on_contact).then_some(job_id),
            });
            self.expected.counts.notes += 1;
        }
        if self.dice.chance(35) {
            let (id, created, modified) = self.fresh();
            let size = Some(12_000 + self.dice.below(900_000));
            self.out.files.push(File {
                id,
                created,
                modified,
                hidden: false,
                attached_to: vec![AttachedTo { entity: "job", id: job_id }],
                created_by_contact_id: author,
                description: None,
                filename: "contract signed.pdf".to_owned(),
                mime_type: Some("application/pdf"),
                name: Some("Contract (signed)".to_owned()),
                size,
            });
            self.expected.counts.files += 1;
        }
    }
}
