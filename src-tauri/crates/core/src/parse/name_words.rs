//! Words that tell a name's parts from each other and names from what is none.

/// Forms of address in front of a name, folded and without a final point.
pub(super) const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "mister",
    "master",
    "dr",
    "doctor",
    "prof",
    "professor",
    "rev",
    "revd",
    "reverend",
    "fr",
    "father",
    "pastor",
    "rabbi",
    "imam",
    "sir",
    "dame",
    "lord",
    "lady",
    "hon",
    "capt",
    "captain",
    "maj",
    "lt",
    "col",
    "sgt",
    "cpl",
    "herr",
    "frau",
    "hr",
    "fr.",
    "m.",
    "mme",
    "mlle",
    "madame",
    "monsieur",
    "mademoiselle",
    "sr",
    "sra",
    "srta",
    "señor",
    "senor",
    "senora",
    "senorita",
    "don.",
    "sig",
    "sigra",
    "sig.ra",
    "signor",
    "signora",
    "signorina",
    "dhr",
    "mevr",
    "mw",
    "mej",
    "dott",
];

/// Letters after a name, folded and without points.
pub(super) const SUFFIXES: &[&str] = &[
    "jr", "sr", "jnr", "snr", "junior", "senior", "ii", "iii", "iv", "2nd", "3rd", "4th", "esq", "esquire",
    "mbe", "obe", "cbe", "kbe", "dbe", "gbe", "bem", "qc", "kc", "mp", "phd", "dphil", "md", "dds", "dmd",
    "dvm", "do.", "rn", "cpa", "jd", "mba", "ma.", "msc", "bsc", "ba.", "pe.", "frcs", "mrcp", "fils",
    "pere",
];

/// Words that open a surname.
pub(super) const PARTICLES: &[&str] = &[
    "van", "von", "vom", "zu", "zum", "zur", "de", "del", "della", "dello", "dei", "degli", "den", "der",
    "des", "di", "da", "das", "do", "dos", "du", "d'", "la", "le", "lo", "los", "las", "li", "ter", "ten",
    "te", "'t", "bin", "ibn", "ben", "al", "el", "st", "saint", "mac", "mc", "o'", "af", "av", "ap", "dal",
    "dalla", "dalle", "dallo", "ó", "ní", "uí", "nic", "mhic",
];

/// Words that open a surname only before an article ("in 't Veld", "op den Akker").
pub(super) const PARTICLES_BEFORE_ARTICLE: &[&str] = &["in", "op", "aan", "uit", "bij", "onder", "over"];

/// Given names that are the first of two ("Jean Pierre", "José Luis"), and those that follow them.
const COMPOUND_OPENERS: &str = " maria marie anna anne ann ana jean juan jose luis miguel francisco carlos pedro hans karl klaus ernst franz jan gian pier ";
const COMPOUND_CLOSERS: &str = " ann anne beth ellen kate lou jo marie mae sue jean pierre luc marc paul claude philippe francois michel claire laure carlos luis jose antonio manuel \
miguel angel maria belen isabel cristina victoria ignacio pablo carmen pilar jesus peter heinz dieter jurgen josef werner georg willem pieter kees luca carlo franco paolo \
piero louise therese magdalena lena alberto ramon alejandro javier ";
/// The same in English, where most pairs are a first and a middle name ("Sarah Jane").
const ENGLISH_OPENERS: &str = " mary jo lee billie billy bobby bobbie betty peggy ellie terri ";
const ENGLISH_CLOSERS: &str = " ann anne beth ellen jane kate lou jo marie mae sue louise jean ";

/// Whether two words are one given name.
pub(super) fn is_compound_given(first: &str, second: &str) -> bool {
    let (first, second) = (super::clean::fold(first), super::clean::fold(second));
    let pair = |openers: &str, closers: &str| listed(openers, &first) && listed(closers, &second);
    first != second && (pair(COMPOUND_OPENERS, COMPOUND_CLOSERS) || pair(ENGLISH_OPENERS, ENGLISH_CLOSERS))
}

/// Given names that are hardly ever a surname, so that "Mary Ann" alone is one given name.
pub(super) const NO_SURNAMES: &str = " ann anne beth kate lou jo sue marie maria jane carmen pilar belen carlos luis jose luc willem heinz dieter ";

/// Particles that are also given names when they stand second of three ("Ana Le", "Ben").
pub(super) const PARTICLES_NEEDING_MORE: &[&str] =
    &["ben", "al", "el", "do", "li", "le", "lo", "saint", "mac", "te"];

/// What an event is called: a name may stand before it.
pub(super) const EVENT_WORDS: &[&str] = &[
    "wedding",
    "weddings",
    "marriage",
    "engagement",
    "elopement",
    "nuptials",
    "handfasting",
    "anniversary",
    "rehearsal",
    "reception",
    "ceremony",
    "celebration",
    "civil partnership",
    "vow",
    "vows",
    "hochzeit",
    "trauung",
    "mariage",
    "boda",
    "bodas",
    "matrimonio",
    "nozze",
    "bruiloft",
    "trouwdag",
    "casamento",
    "photography",
    "photoshoot",
    "shoot",
    "session",
    "portraits",
    "album",
    "videography",
    "bridal",
    "boudoir",
    "proposal",
    "honeymoon",
    "mehndi",
    "sangeet",
    "nikah",
    "walima",
    "quinceanera",
    "mitzvah",
    "baptism",
    "christening",
    "birthday",
    "maternity",
    "newborn",
    "pre-wedding",
    "prewedding",
];

/// Words that name no person. A text of only such words is a placeholder.
pub(super) const NO_NAME_WORDS: &[&str] = &[
    "whole",
    "weekend",
    "week",
    "vendor",
    "vendors",
    "meeting",
    "day",
    "days",
    "unknown",
    "test",
    "testing",
    "sample",
    "demo",
    "example",
    "client",
    "clients",
    "customer",
    "contact",
    "lead",
    "enquiry",
    "inquiry",
    "new",
    "name",
    "full",
    "first",
    "last",
    "surname",
    "couple",
    "couples",
    "bride",
    "groom",
    "brides",
    "grooms",
    "and",
    "or",
    "the",
    "a",
    "an",
    "of",
    "for",
    "at",
    "in",
    "on",
    "to",
    "with",
    "my",
    "our",
    "your",
    "tbc",
    "tbd",
    "tba",
    "na",
    "none",
    "null",
    "no",
    "not",
    "yet",
    "open",
    "house",
    "tour",
    "venue",
    "site",
    "visit",
    "viewing",
    "tasting",
    "consultation",
    "consult",
    "call",
    "phone",
    "zoom",
    "private",
    "event",
    "events",
    "corporate",
    "party",
    "dinner",
    "lunch",
    "brunch",
    "breakfast",
    "drinks",
    "cocktail",
    "hour",
    "hold",
    "held",
    "block",
    "blocked",
    "booked",
    "booking",
    "holiday",
    "holidays",
    "vacation",
    "closed",
    "off",
    "busy",
    "available",
    "styled",
    "mini",
    "family",
    "portrait",
    "headshots",
    "headshot",
    "workshop",
    "training",
    "staff",
    "team",
    "second",
    "shooter",
    "assistant",
    "fair",
    "show",
    "expo",
    "welcome",
    "farewell",
    "morning",
    "afternoon",
    "evening",
    "night",
    "am",
    "pm",
    "only",
    "setup",
    "set",
    "up",
    "breakdown",
    "delivery",
    "pickup",
    "general",
    "admin",
    "misc",
    "miscellaneous",
    "other",
    "various",
    "untitled",
    "project",
    "job",
    "big",
    "date",
    "deposit",
    "planning",
    "final",
    "details",
    "walkthrough",
    "guest",
    "guests",
    "friends",
    "plus",
    "one",
    "walk",
    "through",
    "-",
    "christmas",
    "xmas",
    "halloween",
    "website",
    "web",
    "online",
    "form",
    "session",
    "sessions",
    "sales",
    "marketing",
    "appointment",
    "appointments",
    "reminder",
    "draft",
    "copy",
    "duplicate",
    "template",
    "cancelled",
    "canceled",
    "postponed",
    "personal",
    "do",
    "book",
    "bank",
    "public",
    "annual",
    "leave",
    "office",
    "studio",
    "travel",
    "flight",
    "interview",
    "s",
];

/// Words that only companies have in their names.
pub(super) const COMPANY_WORDS: &[&str] = &[
    "ltd",
    "limited",
    "llc",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "plc",
    "gmbh",
    "ag.",
    "sarl",
    "s.a.r.l",
    "srl",
    "bv",
    "b.v",
    "nv",
    "pty",
    "co.",
    "company",
    "llp",
    "lp",
    "group",
    "catering",
    "caterers",
    "florist",
    "florists",
    "photography ltd",
    "hotel",
    "hotels",
    "estate",
    "estates",
    "studios",
    "entertainment",
    "rentals",
    "bakery",
    "productions",
    "agency",
    "foundation",
];

/// Last words of what is a place or an institution and no person.
pub(super) const INSTITUTIONS: &[&str] = &[
    "school",
    "college",
    "university",
    "academy",
    "council",
    "cathedral",
    "chapel",
    "hospital",
    "restaurant",
    "venue",
    "museum",
    "church",
    "kirche",
    "schule",
    "eglise",
    "mairie",
    "iglesia",
    "chiesa",
];

/// Given names that make "Sarah, Mike" two people and not a surname before a first name. Names that are as often
/// surnames (James, Thomas, Martin, Taylor) are left out on purpose.
pub(super) const GIVEN_NAMES: &str = " aaron abby abigail adam adrian aisha alan alejandro alex alexandra alexander alice alicia alison amanda amber amelia amy ana andrea andrew \
angela anna anne annika anthony antonio april arjun ashley ava barbara beatrice becky ben benjamin beth bethany bianca brad brandon brenda brian bruno caitlin camilla \
camille carla carlos carmen carol caroline catherine charlie charlotte chiara chloe chris christian christina christine christopher claire clara claudia colin connor \
craig cristina daisy dan daniel daniela danielle david dawn deborah declan deepika diana diego donna dylan eduardo edward eileen elena eleanor elise elizabeth ella ellie \
emily emma eric erica erin ethan eva evelyn felix fernando fiona florian francesca francesco frank fred freya gabriel gabriela gareth gavin gemma georgia \
georgina gina giorgia giulia grace graham greg hannah harriet heather heidi helen hugo imogen ines irene isabel isabella isla ivan jack jacob jake jamie jan jane janet \
jasmine jason javier jeff jemma jen jenna jennifer jenny jeremy jess jessica jill jim joanna joanne joe joel johannes john jon jonas jonathan jorge jose josh joshua juan julia \
julian julie justin karen kate katherine kathryn katie kayla keith kelly ken kerry kevin kim kirsten kristen kyle lars laura lauren leah leanne lena leo liam lily linda lisa \
lorenzo louise luca lucas lucia lucy luis luke lydia maria marco marie marta mary mateo matt matteo matthew maya megan melanie melissa meredith mia michelle miguel mike mohammed \
molly monica naomi natalie natasha nathan neil niamh nick nicola nicole nigel nina noah nora oliver olivia olivier pablo pamela patricia paula pedro penny peter \
phil philip philippa pierre pippa poppy priya rachel rahul raj rebecca ricardo rob robin rosa rosie rory rowan ruth ryan sally sam samantha samuel sandra sara sarah \
sean sebastian sergio shannon sharon sian simone sofia sophia sophie stefan stephanie stephen steve steven stuart sue susan tamara tanya tara teresa tess theo theresa tim tina \
toby todd tom tony tracey tracy valentina vanessa vicky victoria virginia wendy will william yasmin zara zoe ";

/// Iberian surnames that come in twos ("Maria Garcia Lopez").
pub(super) const IBERIAN_SURNAMES: &str = " alonso alvarez blanco cabrera calvo campos cano castillo castro cortes costa cruz delgado diaz dominguez fernandez ferreira flores fuentes garcia \
gil gimenez gomez gonzalez guerrero gutierrez hernandez herrera iglesias jimenez lopez lozano marin marquez martinez medina mendez mendoza molina morales moreno munoz navarro nunez oliveira \
ortega ortiz pena pereira perez prieto ramirez ramos rivera rodrigues rodriguez romero rubio ruiz sanchez santana santiago santos sanz serrano silva soto suarez torres vargas vazquez vega velasco ";

/// Whether a folded word stands in a list written between spaces.
pub(super) fn listed(list: &str, word: &str) -> bool {
    !word.is_empty() && !word.contains(' ') && list.contains(&format!(" {word} "))
}

/// The role on a client that a word or abbreviation in a name cell names (MODEL 1 and MODEL 12 of the vocabulary:
/// primary, partner, parent, planner, other). `Some(None)` is a label without a role of its own (bride, groom).
pub(super) fn role(text: &str) -> Option<Option<&'static str>> {
    let folded = super::clean::fold(text);
    let word = folded.trim_matches(|c: char| !c.is_alphanumeric()).replace('.', "").replace('’', "'");
    // "Emma's mum" is a mother, whoever Emma is.
    if let Some((owner, of)) = word.rsplit_once("'s ")
        && !owner.is_empty()
        && owner.chars().all(char::is_alphabetic)
        && !matches!(owner, "bride" | "groom")
    {
        return role(of).filter(Option::is_some);
    }
    Some(match word.as_str() {
        "bride" | "groom" | "b" | "g" | "bride 1" | "bride 2" | "groom 1" | "groom 2" | "bride-to-be"
        | "groom-to-be" | "couple" | "client" | "braut" | "brautigam" | "mariee" | "marie" | "novia"
        | "novio" | "sposa" | "sposo" => None,
        "primary" | "primary contact" | "main contact" | "partner 1" | "partner one" | "client 1" => {
            Some("primary")
        }
        "partner" | "partner 2" | "partner two" | "client 2" | "fiance" | "fiancee" | "spouse"
        | "husband" | "wife" | "secondary contact" => Some("partner"),
        "fob"
        | "mob"
        | "fog"
        | "mog"
        | "father of the bride"
        | "mother of the bride"
        | "father of the groom"
        | "mother of the groom"
        | "father of bride"
        | "mother of bride"
        | "father of groom"
        | "mother of groom"
        | "mum"
        | "mom"
        | "mother"
        | "dad"
        | "father"
        | "parent"
        | "parents"
        | "bride's mother"
        | "bride's father"
        | "groom's mother"
        | "groom's father"
        | "bride's mum"
        | "bride's mom"
        | "bride's dad"
        | "groom's mum"
        | "groom's mom"
        | "groom's dad"
        | "sob"
        | "step mother"
        | "stepmother"
        | "stepfather"
        | "stepmum"
        | "stepdad"
        | "mil"
        | "fil" => Some("parent"),
        "planner"
        | "wedding planner"
        | "coordinator"
        | "wedding coordinator"
        | "co-ordinator"
        | "event planner"
        | "wp"
        | "organiser"
        | "organizer"
        | "planer"
        | "hochzeitsplanerin"
        | "hochzeitsplaner" => Some("planner"),
        "best man" | "maid of honor" | "maid of honour" | "moh" | "bm" | "bridesmaid" | "groomsman"
        | "usher" | "sister" | "brother" | "friend" | "witness" | "officiant" | "celebrant" | "vendor"
        | "supplier" | "venue" | "venue manager" | "emergency contact" | "emergency" | "grandmother"
        | "grandfather" | "aunt" | "uncle" | "cousin" | "daughter" | "son" | "other" | "payer"
        | "assistant" | "dj" | "florist" | "photographer" | "videographer" | "caterer" => Some("other"),
        _ => return None,
    })
}
