//! The couples of a source.

use jiff::civil::{Date, date};

use crate::book::Dice;
use crate::book::names::{FAMILY, HER, HIM, VENUE_HEAD, VENUE_TAIL};

/// One client of the source, as its owner would tell of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Couple {
    /// Number, unique and never used again.
    pub number: u64,
    /// First person.
    pub first: String,
    /// Their family name.
    pub last: String,
    /// The other one's given name.
    pub partner: Option<String>,
    /// Their family name.
    pub partner_last: Option<String>,
    /// Address.
    pub email: String,
    /// Number, as typed.
    pub phone: String,
    /// Day of the wedding.
    pub wedding: Option<Date>,
    /// Where.
    pub venue: String,
    /// Something that no other program has a field for.
    pub song: String,
    /// When the record was changed.
    pub changed: String,
}

/// A key that a canary search cannot meet by chance.
pub(super) fn key(seed: u64) -> String {
    let mut dice = Dice::new(seed, 0x4E57);
    format!("src-{:016x}{:016x}", dice.next_u64(), dice.next_u64())
}

/// So many couples.
pub(crate) fn make(seed: u64, count: usize) -> Vec<Couple> {
    (1..=count as u64).map(|number| couple(&mut Dice::new(seed, number), number)).collect()
}

fn couple(dice: &mut Dice, number: u64) -> Couple {
    let (first, last) = (dice.pick(HER).to_owned(), dice.pick(FAMILY).to_owned());
    let alone = dice.chance(15);
    let day = date(2026, 5, 14).saturating_add(jiff::Span::new().days(dice.between(-300, 500)));
    Couple {
        number,
        email: format!("client{number}.{}@example.com", dice.below(100_000)),
        phone: format!("07700 900{:03}", dice.below(1000)),
        wedding: (!dice.chance(8)).then_some(day),
        venue: format!("{} {}", dice.pick(VENUE_HEAD), dice.pick(VENUE_TAIL)),
        song: dice.pick(&["At Last", "Hello", "Be My Baby", "First Day of My Life"]).to_owned(),
        changed: format!("2026-04-{:02}T09:{:02}:00Z", dice.between(1, 30), dice.below(60)),
        partner: (!alone).then(|| dice.pick(HIM).to_owned()),
        partner_last: (!alone).then(|| dice.pick(FAMILY).to_owned()),
        first,
        last,
    }
}
