//! Who is in a household: names, couples, maiden names.

use super::Special;
use super::household::Builder;
use super::names::{FAMILY, HER, HIM};

/// A name before it becomes a record.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) first: String,
    pub(super) last: Option<String>,
    pub(super) maiden: Option<String>,
    pub(super) salutation: Option<&'static str>,
    pub(super) job_role: &'static str,
}

impl Named {
    pub(super) fn plain(first: &str, last: &str) -> Self {
        let last = (!last.is_empty()).then(|| last.to_owned());
        Self { first: first.to_owned(), last, maiden: None, salutation: None, job_role: "Client" }
    }

    fn role(mut self, job_role: &'static str) -> Self {
        self.job_role = job_role;
        self
    }
}

impl Builder<'_> {
    /// The client persons of a party, the first named first.
    pub(super) fn couple(&mut self, couple: bool) -> Vec<Named> {
        match self.special {
            Some(Special::Maiden) => {
                let mut bride = Named::plain("Imogen", "Fairweather-Lowe").role("Bride");
                bride.maiden = Some("Quigley".to_owned());
                return vec![bride, Named::plain("Theo", "Lowe").role("Groom")];
            }
            Some(Special::FamilyEmail) => {
                return vec![
                    Named::plain("Hannah", "Thornbury").role("Bride"),
                    Named::plain("Declan", "Whitaker").role("Groom"),
                ];
            }
            Some(Special::OneName) => {
                return vec![
                    Named::plain("Ottoline", "").role("Bride"),
                    Named::plain("Ravi", "Kaur").role("Groom"),
                ];
            }
            Some(Special::Decomposed) => {
                // The same letters as "Zoë Brontë", as a Mac keyboard may store them: letter and mark apart.
                return vec![
                    Named::plain("Zoe\u{308}", "Bronte\u{308}-Hale").role("Bride"),
                    Named::plain("Łukasz", "Nguyễn").role("Groom"),
                ];
            }
            _ => {}
        }
        if !couple {
            return vec![self.single()];
        }
        let (first, second) = match self.dice.below(10) {
            0 => (self.given(HER, "Bride"), self.given(HER, "Bride")),
            1 => (self.given(HIM, "Groom"), self.given(HIM, "Groom")),
            2 => (self.given(HIM, "Groom"), self.given(HER, "Bride")),
            3 => (self.given(HER, "Partner"), self.given(HIM, "Partner")),
            _ => (self.given(HER, "Bride"), self.given(HIM, "Groom")),
        };
        let mut pair = vec![first, second];
        if self.dice.chance(30) && self.special != Some(Special::PayingMother) {
            let before = pair[0].last.clone();
            pair[0].last = pair[1].last.clone();
            pair[0].maiden = before;
        }
        if self.special.is_none() && self.dice.chance(3) {
            pair[1].last = None;
        }
        pair
    }

    /// Somebody on their own.
    pub(super) fn single(&mut self) -> Named {
        let list = if self.dice.chance(60) { HER } else { HIM };
        self.given(list, "Client")
    }

    fn given(&mut self, first: &[&'static str], job_role: &'static str) -> Named {
        let first = self.dice.pick(first).to_owned();
        let last = self.dice.pick(FAMILY).to_owned();
        let salutation = self.dice.chance(20).then_some(if job_role == "Groom" { "mr" } else { "ms" });
        Named { first, last: Some(last), maiden: None, salutation, job_role }
    }
}
