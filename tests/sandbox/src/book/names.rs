//! The words that invented people are made of.
//!
//! Chosen to hurt: accents, apostrophes, hyphens, particles, a name in decomposed Unicode, names that sort oddly.

/// Given names mostly of women.
pub(super) const HER: &[&str] = &[
    "Amelia", "Sophie", "Charlotte", "Zoë", "Siân", "Niamh", "Aoife", "Priya", "Mei", "Chloé", "Hannah", "Olivia",
    "Freya", "Isla", "Grace", "Imogen", "Jessica", "Emily", "Lucy", "Renée", "Anaïs", "Beatriz", "Inês", "Małgorzata",
    "Ingrid", "Saoirse", "Megan", "Rhiannon", "Naomi", "Fatima", "Aisha", "Yasmin", "Ottoline", "Mary-Kate",
    "Anne-Marie", "Eleanor", "Victoria", "Harriet", "Georgia", "Bethany", "Kirsty", "Morgan", "Alex", "Sam", "Robin",
];

/// Given names mostly of men.
pub(super) const HIM: &[&str] = &[
    "Oliver", "Jack", "Harry", "Thomas", "Noah", "Rhys", "Seán", "Declan", "Oisín", "José", "André", "Jürgen", "Søren",
    "Łukasz", "Arjun", "Ravi", "Wei", "Kenji", "Mohammed", "Yusuf", "Benjamin", "Samuel", "Theo", "Alfie", "George",
    "Callum", "Ewan", "Gareth", "Dafydd", "Matthew", "Jean-Luc", "D'Angelo", "Christopher", "Alexander", "Daniel",
    "Joshua", "Luke", "Nathan", "Peter", "Robert", "William", "Morgan", "Alex", "Sam", "Robin",
];

/// Family names.
pub(super) const FAMILY: &[&str] = &[
    "Hughes", "O'Connor", "O'Neill", "Smith-Jones", "van der Berg", "van den Heuvel", "de la Cruz", "von Stein",
    "MacDonald", "McAllister", "Bennett", "Okafor", "Adeyemi", "Nguyễn", "Patel", "Kaur", "García", "Muñoz", "Müller",
    "Şahin", "Kowalczyk", "Dvořák", "Ó Briain", "D'Souza", "St. John", "Fitzgerald", "Whitaker", "Thornbury",
    "Ashworth", "Blackwood", "Cartwright", "Davenport", "Ellison", "Fairweather", "Goldsmith", "Hargreaves",
    "Iverson", "Jameson", "Kingsley", "Lockwood", "Merriweather", "Northcott", "Oakley", "Pemberton", "Quigley",
    "Radcliffe", "Sinclair", "Tremblay", "Underhill", "Vasquez", "Wainwright", "Yates", "Zimmerman", "Brontë-Hale",
    "Li", "Kim", "Sato", "Haddad", "Cohen", "Rossi", "Lefèvre", "Björk", "Peña", "Sørensen", "Williams", "Taylor",
];

/// First words of a venue.
pub(super) const VENUE_HEAD: &[&str] = &[
    "Ashcombe", "Birchwood", "Cold Harbour", "Dunmore", "Elmfield", "Foxglove", "Glenmoor", "Hawthorn", "Ivy", "Juniper",
    "Kestrel", "Larkspur", "Mill Lane", "Nettlebed", "Old Orchard", "Primrose", "Quarry", "Rosewood", "St Wilfrid's",
    "Thistledown", "Upper Meadow", "Velvet", "Willowbrook", "Yew Tree",
];

/// Last words of a venue.
pub(super) const VENUE_TAIL: &[&str] =
    &["Barn", "Hall", "House", "Manor", "Estate", "Walled Garden", "Boathouse", "Priory", "Mill", "Vineyard", "Loft"];

/// Towns of the United Kingdom with a county and the start of a postcode.
pub(super) const UK_TOWNS: &[(&str, &str, &str)] = &[
    ("Bath", "Somerset", "BA1"),
    ("York", "North Yorkshire", "YO1"),
    ("Harrogate", "North Yorkshire", "HG1"),
    ("Ludlow", "Shropshire", "SY8"),
    ("St Ives", "Cornwall", "TR26"),
    ("Edinburgh", "Midlothian", "EH3"),
    ("Llandudno", "Conwy", "LL30"),
    ("Newry", "County Down", "BT34"),
    ("London", "Greater London", "SE21"),
    ("Whitby", "North Yorkshire", "YO21"),
];

/// Towns of the United States with a state and the start of a ZIP code.
pub(super) const US_TOWNS: &[(&str, &str, &str)] = &[
    ("Asheville", "NC", "288"),
    ("Burlington", "VT", "054"),
    ("Santa Fe", "NM", "875"),
    ("Portland", "OR", "972"),
    ("Savannah", "GA", "314"),
    ("Ann Arbor", "MI", "481"),
];

/// Streets.
pub(super) const STREETS: &[&str] =
    &["High Street", "Church Lane", "Station Road", "Victoria Terrace", "The Green", "Orchard Close", "Mill Hill"];

/// Names of vendors' firms with the job role they fill.
pub(super) const VENDORS: &[(&str, &str)] = &[
    ("Moving Pictures Film Co", "Videographer"),
    ("Petal & Thorn", "Florist"),
    ("The Velvet Quartet", "Musician"),
    ("Crumb & Tier Cakes", "Cake maker"),
    ("Slow Dance Films", "Videographer"),
    ("Wild Hedgerow Flowers", "Florist"),
];

/// Letters without accents for the local part of an e-mail address; other characters are dropped.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars() {
        let base = match letter {
            'a'..='z' | '0'..='9' => letter,
            'A'..='Z' => letter.to_ascii_lowercase(),
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => 'a',
            'è' | 'é' | 'ê' | 'ë' | 'ễ' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'Ó' | 'ó' | 'ò' | 'ô' | 'ö' | 'ø' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ř' => 'r',
            'Ş' | 'ş' => 's',
            'Ł' | 'ł' => 'l',
            'ç' => 'c',
            _ => continue,
        };
        plain.push(base);
    }
    plain
}
