//! Persons of a household as records: addresses, numbers, custom fields.

use jiff::Timestamp;

use super::dice::{Dice, Ulid, mix};
use super::expected::{ExpectedCustom, ExpectedPerson, PartyRole};
use super::household::Builder;
use super::people::Named;
use super::phones::{self, Country};
use super::record::{Address, CustomValue, Person, Stream};
use super::studio::{CUSTOM, TODAY};
use super::{BookSpec, Special, names};

/// The id of the `slot`-th person of a household, without making the household.
pub(super) fn person_id(spec: &BookSpec, home: u32, slot: u64) -> Ulid {
    let second = spec.opened(home) + slot as i64;
    let mut dice = Dice::new(spec.seed, mix(u64::from(home) << 8 | slot | 1 << 50));
    Ulid::at(second * 1000, &mut dice)
}

impl Builder<'_> {
    pub(super) fn add_person(&mut self, slot: u64, named: &Named, role: PartyRole) -> Ulid {
        let id = person_id(self.spec, self.home, slot);
        let second = self.spec.opened(self.home) + slot as i64;
        let created = Timestamp::from_second(second).unwrap_or_default();
        let modified = self.later(second);
        // Partners take their numbers after all primaries, so that a large book runs out of partners' numbers first.
        let ordinal = u64::from(self.home) + slot * u64::from(self.spec.homes());
        let cell_phone = match self.special {
            Some(Special::UnreadablePhone) if slot == 0 => Some(phones::unreadable(&mut self.dice)),
            Some(_) => phones::phone(self.country, ordinal, &mut self.dice),
            None if self.dice.chance(4) => Some(phones::unreadable(&mut self.dice)),
            None if self.dice.chance(6) => None,
            None => phones::phone(self.country, ordinal, &mut self.dice),
        };
        let email = self.email(slot, named);
        let hidden = self.is(Special::Hidden) || (self.special.is_none() && slot > 1 && self.dice.chance(10));
        let custom_fields = self.contact_fields(slot);
        let name = match &named.last {
            Some(last) => format!("{} {last}", named.first),
            None => named.first.clone(),
        };
        let second_email = (self.special.is_none() && email.is_some() && self.dice.chance(8))
            .then(|| format!("{}.work.{}@example.org", names::plain(&named.first), self.home));
        let birthdate =
            self.dice.chance(25).then(|| jiff::civil::date(1985, 3, 1).saturating_add(self.days(0, 5000)));
        let address = self.dice.chance(60).then(|| self.address());
        let opt_in = self.dice.chance(40);
        self.expected.people.push(ExpectedPerson {
            id,
            role,
            job_role: named.job_role,
            first_name: named.first.clone(),
            last_name: named.last.clone(),
            maiden_name: named.maiden.clone(),
            email: email.clone(),
            phone_e164: cell_phone.as_ref().and_then(|phone| phone.e164.clone()),
            phone_text: cell_phone.as_ref().map(|phone| phone.formatted.clone()),
            hidden,
            custom: written(&custom_fields),
        });
        self.out.persons.push(Person {
            id,
            created,
            modified,
            hidden,
            kind: "person",
            first_name: Some(named.first.clone()),
            last_name: named.last.clone(),
            maiden_name: named.maiden.clone(),
            name,
            salutation: named.salutation,
            email,
            secondary_email: second_email,
            cell_phone,
            home_phone: None,
            work_phone: None,
            fax: None,
            address,
            mailing_address: None,
            company_name: None,
            job_title: None,
            birthdate,
            anniversary: None,
            brand_id: self.brand,
            contact_preference: Some("email"),
            gender: None,
            custom_fields,
            external_mappings: Vec::new(),
            pinned: false,
            previous_client: Some(false),
            privacy_opt_in: Some(opt_in),
            require_strict_privacy: Some(self.country == Country::Gb),
            anonymized: false,
            vendor_role_id: None,
            account_balance: 0,
            credit_balance: 0,
            url: None,
        });
        id
    }

    pub(super) fn email(&mut self, slot: u64, named: &Named) -> Option<String> {
        if self.is(Special::NoEmail) && slot == 0 {
            return None;
        }
        let first = names::plain(&named.first);
        let last = names::plain(named.last.as_deref().unwrap_or_default());
        if self.is(Special::FamilyEmail) && slot == 0 {
            return Some(format!("{last}.family.{}@example.org", self.home));
        }
        if self.special.is_none() && self.dice.chance(if slot == 0 { 1 } else { 12 }) {
            return None;
        }
        let domain =
            self.dice.pick(&["example.com", "example.org", "example.net", "Example.com", "EXAMPLE.ORG"]);
        let text = format!("{first}.{last}{}.{slot}", self.home);
        Some(match self.dice.below(4) {
            0 => format!("{}@{domain}", upper_first(&text)),
            _ => format!("{text}@{domain}"),
        })
    }

    pub(super) fn address(&mut self) -> Address {
        let street = format!("{} {}", self.dice.between(1, 180), self.dice.pick(names::STREETS));
        let (town, code) = match self.country {
            Country::Gb => {
                let town = names::UK_TOWNS[self.dice.below(names::UK_TOWNS.len() as u64) as usize];
                (town, format!("{} {}QT", town.2, self.dice.between(1, 9)))
            }
            Country::Us => {
                let town = names::US_TOWNS[self.dice.below(names::US_TOWNS.len() as u64) as usize];
                (town, format!("{}{:02}", town.2, self.dice.between(1, 99)))
            }
        };
        Address {
            street_address: Some(street),
            village: None,
            city: Some(town.0.to_owned()),
            state: Some(town.1.to_owned()),
            postal_code: Some(code),
            country: Some(self.country.code()),
        }
    }

    pub(super) fn contact_fields(&mut self, slot: u64) -> Vec<CustomValue> {
        let mut values = Vec::new();
        let engaged = match self.special {
            Some(Special::BadCustomDate) if slot == 0 => Some("31/02/2025".to_owned()),
            _ => self.dice.chance(20).then(|| TODAY.saturating_sub(self.days(200, 900)).to_string()),
        };
        if let Some(engaged) = engaged {
            values.push(self.custom("Date of engagement", engaged));
        }
        for (name, kind, _, choices) in CUSTOM.iter().filter(|field| field.2 == "Contact") {
            if *name != "Date of engagement" && self.dice.chance(12) {
                let text = self.custom_text(kind, choices);
                values.push(self.custom(name, text));
            }
        }
        values
    }

    pub(super) fn custom_text(&mut self, kind: &str, choices: &[&str]) -> String {
        match kind {
            "TextField" => {
                self.dice.pick(&["@harbour.light", "At Last", "Into the Mystic", "La Vie en rose"]).into()
            }
            "TextBox" => "Vegetarian\nNo nuts, please — \"really\" none".to_owned(),
            "DropDown" => choices[self.dice.below(choices.len().max(1) as u64) as usize].to_owned(),
            "Number" => self.dice.between(1, 12).to_string(),
            "Decimal" => format!("{}.{}", self.dice.between(1, 200), self.dice.below(10)),
            "Money" => self.spec.money(self.dice.between(100, 600) * 100).to_string(),
            "Date" => TODAY.saturating_add(self.days(-300, 300)).to_string(),
            "Time" => format!("{:02}:30:00", self.dice.between(9, 17)),
            _ => if self.dice.chance(50) { "1" } else { "0" }.to_owned(),
        }
    }

    pub(super) fn custom(&mut self, field: &str, value: String) -> CustomValue {
        let field_id = self.studio.id_of(Stream::CustomField, field).unwrap_or(Ulid(0));
        let id = Ulid::at(self.clock * 1000, &mut self.dice);
        let created = Timestamp::from_second(self.clock).unwrap_or_default();
        CustomValue { id, created, modified: created, hidden: false, field_id, value: Some(value) }
    }

    pub(super) fn add_parent(&mut self, named: &[Named]) {
        let wanted = self.is(Special::PayingMother) || (self.special.is_none() && self.dice.chance(18));
        if self.is(Special::MothersOtherChild) {
            // Made only for her names: she is a record of the other household.
            let (_, other) = self.book.party(Special::PayingMother.home());
            self.expected
                .people
                .extend(other.people.into_iter().filter(|person| person.role == PartyRole::Parent));
        }
        if !wanted {
            return;
        }
        let Some(child) = named.first() else { return };
        let mut parent =
            Named::plain(self.dice.pick(&["Margaret", "Patricia", "Dolores", "Eileen", "Gwyneth"]), "");
        parent.last = child.maiden.clone().or_else(|| child.last.clone());
        parent.job_role = "Mother of the bride";
        parent.salutation = Some("mrs");
        self.add_person(named.len() as u64, &parent, PartyRole::Parent);
    }
}

/// What was just made, for the generator's own list.
pub(super) fn written(values: &[CustomValue]) -> Vec<ExpectedCustom> {
    values
        .iter()
        .filter_map(|value| Some(ExpectedCustom { field: value.field_id, text: value.value.clone()? }))
        .collect()
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
