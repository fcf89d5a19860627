//! What other programs call WedSync's fields.
//!
//! Folded words as `header::words` makes them; gathered from the exports listed in PROVIDERS and from the usual words of six
//! languages. A weak alias needs values that fit before it counts.

use super::TargetField;
use super::header::written_out;
use crate::value::FieldType;

/// How well a header matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It ends in a known word ("Sarah Chen Email").
    Ending,
    /// A known name but for a slip.
    Similar,
    /// A name that may mean something else.
    Weak,
    /// A known name.
    Strong,
}

/// The names of one field.
pub(super) struct Alias {
    pub(super) record_type: &'static str,
    pub(super) field: &'static str,
    field_type: FieldType,
    /// Where a second column of the kind goes.
    pub(super) overflow: Option<&'static str>,
    strong: &'static str,
    weak: &'static str,
}

impl Alias {
    /// The field in words.
    pub(super) fn label(&self) -> String {
        self.field.replace('_', " ")
    }
}

const fn alias(
    record_type: &'static str,
    field: &'static str,
    field_type: FieldType,
    strong: &'static str,
    weak: &'static str,
) -> Alias {
    Alias { record_type, field, field_type, overflow: None, strong, weak }
}

const fn with_overflow(overflow: &'static str, base: Alias) -> Alias {
    Alias { overflow: Some(overflow), ..base }
}

use FieldType::{Array, Boolean, Date, Email, Json as JsonType, Money, Number, Phone, Text};

static ALIASES: &[Alias] = &[
    alias(
        "person",
        "first_name",
        Text,
        "first name|firstname|first|name first|given name|given names|forename|fname|christian name|vorname|prenom|voornaam|nome di battesimo",
        "nombre|nome|name 1",
    ),
    alias(
        "person",
        "last_name",
        Text,
        "last name|lastname|last|name last|surname|family name|lname|nachname|familienname|nom de famille|apellido|apellidos|cognome|achternaam|sobrenome",
        "nom|second name",
    ),
    alias(
        "person",
        "full_name",
        Text,
        "full name|fullname|name|names|couple|couple name|couple names|couples|couples names|contact person|display name|client info|vollstandiger name|nom complet|nombre completo|nome completo|volledige naam|naam|who",
        "info|party name",
    ),
    with_overflow(
        "other_emails",
        alias(
            "person",
            "email",
            Email,
            "email|e mail|email address|e mail address|emailaddress|mail|primary email|primary e mail|main email|email 1|emails|primary e mail address|primary email address|mail address|adresse e mail|adresse email|courriel|correo|correo electronico|posta elettronica|indirizzo email|e mail adresse|emailadres|e mailadres|preferred email|mailadresse|mail adresse|emailadresse|adresse mail|adresse electronique|adresse courriel|email addr|e mail addr",
            "",
        ),
    ),
    alias(
        "person",
        "other_emails",
        Array,
        "secondary email|second email|other email|other emails|email 2|alternate email|alternative email|additional email|additional emails|work email|personal email|other e mail addresses|other email addresses|cc email|secondary e mail|backup email",
        "",
    ),
    with_overflow(
        "other_phones",
        alias(
            "person",
            "phone",
            Phone,
            "phone|phone number|mobile|mobile phone|mobile number|mobile no|cell|cell phone|cellphone|cell number|telephone|telephone number|tel|tel no|contact number|primary phone|primary phone number|phone 1|phone no|phones|handy|handynummer|telefon|telefonnummer|telephone portable|portable|telefono|movil|cellulare|mobiel|telefoon|telefoonnummer|whatsapp|whatsapp number|best phone|daytime phone|gsm|mobilnummer|mobiltelefon|rufnummer|numero de telephone|telephone mobile|numero de portable|tel portable|tel mobile|telefono movil|numero de telefono|celular|tlf|tfno|numero di telefono|numero cellulare|mobiel nummer|gsm nummer|mobiele telefoon|contact phone|contact tel|cell no|cell num",
            "number|no",
        ),
    ),
    alias(
        "person",
        "other_phones",
        Array,
        "home phone|work phone|other phone|other phones|phone 2|secondary phone|second phone|landline|alternate phone|alternative phone|additional phone|other phone numbers|home number|work number|home tel|business phone|festnetz|phone home|phone work|tel 2|festnetznummer|telephone fixe|fixe|telefono fijo|telefono fisso|vaste telefoon",
        "",
    ),
    alias(
        "person",
        "title",
        Text,
        "salutation|prefix|honorific|anrede|form of address|name prefix|civilite",
        "title",
    ),
    alias("person", "maiden_name", Text, "maiden name|birth name|nee|geburtsname|maiden", ""),
    alias(
        "person",
        "company_name",
        Text,
        "company|company name|business|business name|organisation|organization|firm|firma|societe|empresa|azienda|bedrijf|account name|organisation name|organization name|company organisation|employer|firmenname|nom de l entreprise",
        "",
    ),
    alias("person", "job_title", Text, "job title|position|occupation|profession|job role", ""),
    alias(
        "person",
        "birthday",
        Date,
        "birthday|birth date|birthdate|date of birth|dob|geburtsdatum|geburtstag|date de naissance|fecha de nacimiento|geboortedatum",
        "",
    ),
    alias(
        "person",
        "address",
        JsonType,
        "address|full address|mailing address|postal address|home address|street address|address string|billing address|adresse|anschrift|direccion|indirizzo|adres|address line 1|address 1|street|mailing street|street 1|home street|street line 1|postal street|strasse|rue|calle|straat|adresse postale|domicilio",
        "",
    ),
    alias(
        "person",
        "privacy_opt_in",
        Boolean,
        "privacy opt in|marketing opt in|opt in|gdpr consent|consent|marketing consent|newsletter|mailing list|mailing list opt in|email opt in|consent from contact form|accepts marketing|subscribed",
        "",
    ),
    alias(
        "person",
        "strict_privacy",
        Boolean,
        "strict privacy|require strict privacy|do not contact|do not share|no photos|private|no publishing",
        "",
    ),
    alias(
        "client",
        "notes",
        Text,
        "notes|note|note 1|client notes|comments|comment|remarks|additional comments|internal notes|private notes|notizen|bemerkungen|remarques|notas|notities|opmerkingen|message|special requests|special requirements|requests|additional information|further information|other information|anything else|commentaires|observaciones|commentaire|informations complementaires|comentarios|commenti|anmerkungen|anmerkung",
        "details|info|description",
    ),
    alias(
        "project",
        "name",
        Text,
        "project name|project|job name|shoot title|shoot name|event name|event title|job title name|booking name|wedding name|workspace name|project title|job|shoot|couple names project",
        "title|booking|event",
    ),
    alias(
        "project",
        "kind",
        Text,
        "type|job type|project type|event type|shoot type|category|session type|service type|type of event|booking type|package type|art|typ|veranstaltungsart|art der veranstaltung|type d evenement|tipo de evento|tipo evento|tipo di evento|soort evenement",
        "kind|service|anlass|tipo",
    ),
    alias(
        "project",
        "stage",
        Text,
        "stage|project stage|job stage|pipeline stage|phase|workflow stage|project status|booking status|job status",
        "status",
    ),
    alias(
        "project",
        "closed_reason",
        Text,
        "closed reason|lost reason|closed reason name|reason lost|archive reason",
        "",
    ),
    alias(
        "project",
        "wedding_date",
        Date,
        "wedding date|date of wedding|date of the wedding|wedding day|event date|project date|shoot date|main shoot|main shoot date|date of event|event day|big day|session date|job date|main event date|ceremony date|wedding|function date|hochzeitsdatum|hochzeitstag|hochzeit|trautermin|date du mariage|date de mariage|jour j|fecha de boda|fecha de la boda|fecha del evento|data matrimonio|data del matrimonio|data evento|trouwdatum|bruiloft datum|data do casamento|datum der hochzeit|datum der trauung|trautag|veranstaltungsdatum|date mariage|date de l evenement|date evenement|date de la ceremonie|fecha boda|fecha de evento|fecha evento|dia de la boda|data nozze|data delle nozze|giorno delle nozze|datum bruiloft|huwelijksdatum|datum huwelijk|datum evenement|data do evento|brollopsdatum|bryllupsdato|data slubu",
        "date|datum|fecha|data|start date|start|booking for|when|trauung|termin",
    ),
    alias(
        "project",
        "venue_name",
        Text,
        "venue|venue name|wedding venue|event location|ceremony venue|reception venue|location name|shoot location|event venue|project location|wedding location|location|ceremony location|reception location|hochzeitslocation|lieu|lieu du mariage|lieu de reception|lugar|lugar de la boda|luogo|locatie|trouwlocatie|venue place|veranstaltungsort|hochzeitsort|feierlocation|trauort|lieu de ceremonie|lieu de la ceremonie|lieu de la reception|lieu de l evenement|salle de reception|lugar de celebracion|lugar del evento|luogo matrimonio|luogo evento|luogo delle nozze|luogo della cerimonia|feestlocatie|ceremonielocatie|locatie bruiloft|reception site|ceremony site|wedding site|venue site",
        "place|where|site|ort|church|ceremony|reception|hall|salle|domaine|finca|salon|ubicacion",
    ),
    alias(
        "project",
        "venue_address",
        JsonType,
        "venue address|location address|ceremony address|wedding address|event address",
        "",
    ),
    alias(
        "project",
        "guest_count",
        Number,
        "guest count|guests|number of guests|no of guests|guest number|guest numbers|num guests|headcount|head count|pax|attendees|expected guests|estimated guests|gastezahl|anzahl gaste|nombre d invites|nombre invites|numero de invitados|invitados|numero ospiti|ospiti|aantal gasten|gasten|covers|aantal daggasten|daggasten|aantal personen|gasteanzahl|gastezahlen|no of people|number of people|convidados|anzahl der gaste|personenzahl|nb invites|nombre de personnes|nombre de convives|convives|invites|numero invitados|num invitados|numero de personas|numero invitati|invitati|n invitati|numero di ospiti|aantal avondgasten",
        "gaste|count|personen|personnes|personas",
    ),
    alias(
        "project",
        "lead_source",
        Text,
        "lead source|source|referral source|referred by|how did you hear about us|how did you find us|how did you hear|project source|referral|heard about us|found us|enquiry source|inquiry source|marketing source|shoot referral source|contact source|quelle|origine|origen|provenienza|bron|how they found us|how they heard about us|how did they find us|how did they hear about us|where did you hear about us|where did you find us|came from|came via|empfehlung|wie habt ihr uns gefunden|herkunft|provenance|comment nous avez vous connu|como nos conociste|procedencia|come ci hai conosciuto|hoe heb je ons gevonden",
        "",
    ),
    alias(
        "project",
        "lead_status",
        Text,
        "lead status|lead stage|enquiry status|inquiry status|lead state",
        "",
    ),
    alias(
        "project",
        "inquiry_date",
        Date,
        "inquiry date|enquiry date|date of inquiry|date of enquiry|lead date|date received|inquired|enquired|first contact|project creation date|lead created|inquired on|enquired on|anfragedatum",
        "created date|date created|date added|created|created at|added|added on|creation date|received|timestamp|submitted|submitted at|submitted on|submission date|date submitted|enquiry received|created time|created on|record created|erstellt am|date de creation",
    ),
    alias(
        "project",
        "booking_date",
        Date,
        "booking date|booked date|date booked|booked on|booked|contract date|contract signed|contract signed date|retainer paid|date signed|booked at|buchungsdatum|reservation date",
        "",
    ),
    alias(
        "project",
        "completed_date",
        Date,
        "completed date|completion date|date completed|completed on|delivered|delivery date|completed",
        "",
    ),
    alias(
        "project",
        "notes",
        Text,
        "project notes|job notes|event notes|wedding notes|shoot notes|booking notes",
        "",
    ),
    alias(
        "project",
        "crm_total",
        Money,
        "total|total booked value|project value|job value|total value|booking value|package price|total price|contract value|value|total amount booked|quoted|quote total|budget total|price|package total|fee|total fee|gesamtpreis|gesamtbetrag|prix total|precio total|prezzo totale|totaalprijs|contract total|total cost|total fees|cost total|order value|order total|booking total|auftragswert|auftragssumme|angebotssumme|presupuesto total|preventivo|gesamtsumme|endpreis|rechnungssumme|honorar|montant total|total ttc|prix ttc|montant ttc|montant du devis|importe total|precio final|importo totale|totale|prezzo finale|totaalbedrag|totaal|offertebedrag|totale prijs|price quoted|quoted price|quote amount|agreed price|sale value|deal value|deal amount|contract amount|contract price",
        "budget|cost|amount quoted|package cost|betrag|montant|importe|importo|bedrag|preis|prix|precio|prezzo|prijs|presupuesto|quote|kosten|offerte|tarif|devis|summe",
    ),
    alias(
        "event",
        "start_time",
        Text,
        "start time|ceremony time|event time|shoot time|shoot time start|time start|project time start|time of ceremony|arrival time",
        "time|start|time start|begin|beginn",
    ),
    alias(
        "event",
        "end_time",
        Text,
        "end time|finish time|shoot time end|time end|project time end|finish",
        "finish time|end|until|ende",
    ),
    alias("event", "end_date", Date, "end date|project end date|event end date", ""),
    alias("event", "time_zone", Text, "time zone|timezone|project timezone|timezone id", ""),
    alias(
        "invoice",
        "number",
        Text,
        "invoice number|invoice no|invoice|invoice id|inv no|rechnungsnummer|numero de facture|factuurnummer|rechnungsnr|rechnung nr|belegnummer|no facture|n facture|numero de factura|numero fattura|factuur nr",
        "",
    ),
    alias("invoice", "title", Text, "invoice title|invoice name|payment name", ""),
    alias("invoice", "status", Text, "invoice status", "status"),
    alias(
        "invoice",
        "due_date",
        Date,
        "due date|payment due|payment due date|date due|due|balance due date|due on|falligkeitsdatum|date d echeance|vervaldatum",
        "",
    ),
    alias(
        "invoice",
        "total",
        Money,
        "invoice total|invoice amount|total invoiced|amount invoiced|invoiced",
        "",
    ),
    alias(
        "invoice",
        "balance",
        Money,
        "balance|balance due|amount due|outstanding|outstanding balance|remaining balance|remaining|balance remaining|amount outstanding|left to pay|offener betrag|restbetrag|solde|saldo|openstaand|balance o|balance outstanding|balance owing|balance owed|amount owing|amount owed|still to pay|pendiente|restzahlung|noch offen|offene summe|reste a payer|solde restant|reste du|importe pendiente|por pagar|residuo|da pagare|saldo residuo|restbedrag|openstaand bedrag|nog te betalen",
        "",
    ),
    alias(
        "payment",
        "amount",
        Money,
        "payment amount|amount paid|paid|amount|total amount|total paid|deposit|deposit amount|retainer|deposit paid|payment|net amount|bezahlt|paye|pagado|pagato|betaald|anzahlung|bezahlter betrag|acompte|arrhes|montant paye|acompte verse|senal|anticipo|importe pagado|acconto|caparra|importo pagato|aanbetaling|betaald bedrag|voorschot|deposit received|paid to date|amount received",
        "",
    ),
    alias(
        "payment",
        "paid_on",
        Date,
        "paid on|payment date|date paid|transaction date|paid date|paid at|invoice paid date|deposit paid on|zahlungsdatum|date de paiement",
        "",
    ),
    alias(
        "payment",
        "method",
        Text,
        "payment method|method|paid by|payment type|how paid|zahlungsart|mode de paiement",
        "",
    ),
    alias("payment", "status", Text, "payment status", "status"),
    alias(
        "payment",
        "memo",
        Text,
        "memo|payment note|payment notes|charge notes|reference|payment reference",
        "",
    ),
    alias("task", "title", Text, "task|task name|to do|todo|task title", ""),
];

/// The standard fields that have aliases, as targets of a suggestion.
pub fn standard_targets() -> Vec<TargetField> {
    ALIASES
        .iter()
        .filter(|alias| alias.field != "full_name")
        .map(|alias| TargetField {
            record_type: alias.record_type.to_owned(),
            name: alias.field.to_owned(),
            label: alias.label(),
            field_type: alias.field_type,
            aliases: Vec::new(),
            required: matches!(
                (alias.record_type, alias.field),
                ("person", "first_name") | ("payment", "amount")
            ),
        })
        .collect()
}

fn among(list: &str, words: &str) -> bool {
    list.split('|').any(|name| name == words)
}

/// The fields that folded words name, best first. A word such as "start" or "status" names several; the values decide.
pub(super) fn match_aliases(words: &str) -> Vec<(&'static Alias, Strength)> {
    let exact = |list: fn(&Alias) -> &'static str, strength: Strength| {
        ALIASES.iter().filter(move |alias| among(list(alias), words)).map(move |alias| (alias, strength))
    };
    if words.is_empty() {
        return Vec::new();
    }
    let found: Vec<_> = exact(|alias| alias.strong, Strength::Strong)
        .chain(exact(|alias| alias.weak, Strength::Weak))
        .collect();
    if found.is_empty() { match_alias(words).into_iter().collect() } else { found }
}

/// The field that folded words name.
pub(super) fn match_alias(words: &str) -> Option<(&'static Alias, Strength)> {
    if words.is_empty() {
        return None;
    }
    if let Some(found) = ALIASES.iter().find(|alias| among(alias.strong, words)) {
        return Some((found, Strength::Strong));
    }
    if let Some(found) = ALIASES.iter().find(|alias| among(alias.weak, words)) {
        return Some((found, Strength::Weak));
    }
    // What stands around the name says nothing: "your email", "email (required)", "wedding date dd mm yyyy".
    let core = strip_noise(&written_out(words));
    if core != words
        && !core.is_empty()
        && let Some(found) = ALIASES.iter().find(|alias| among(alias.strong, &core))
    {
        return Some((found, Strength::Strong));
    }
    if core.len() >= 4 {
        let squeezed = core.replace(' ', "");
        let slip = |name: &str| {
            name.len() >= 5
                && (name.replace(' ', "") == squeezed
                    || name.strip_prefix(core.as_str()).is_some_and(|rest| rest.len() == 1)
                    || strsim::osa_distance(name, &core) == 1 && name.len() >= 6 && core.len() >= 5)
        };
        if let Some(found) = ALIASES.iter().find(|alias| alias.strong.split('|').any(slip)) {
            return Some((found, Strength::Similar));
        }
    }
    let ending = |name: &str| {
        core.strip_suffix(name)
            .is_some_and(|before| before.ends_with(' ') && before.split_whitespace().count() <= 3)
    };
    let known = |field: &str| ALIASES.iter().find(|alias| alias.field == field);
    for (endings, field) in [
        (&["email", "e mail", "email address"][..], "email"),
        (&["phone", "mobile", "cell", "phone number"][..], "phone"),
        (&["venue", "venue name"][..], "venue_name"),
    ] {
        if endings.iter().any(|name| ending(name)) {
            return known(field).map(|alias| (alias, Strength::Ending));
        }
    }
    asked(words).and_then(known).map(|alias| (alias, Strength::Similar))
}

/// What a question of a form asks for: "When is your wedding?", "How many guests do you expect?".
fn asked(words: &str) -> Option<&'static str> {
    const QUESTIONS: &[(&[&str], &[&str], &str)] = &[
        (&["when"], &["wedding", "married", "event", "date", "day"], "wedding_date"),
        (&["where"], &["hear", "find", "found", "heard"], "lead_source"),
        (&["where"], &["wedding", "married", "event", "ceremony", "reception", "venue"], "venue_name"),
        (&["how", "many"], &["guests", "people"], "guest_count"),
        (&["how"], &["hear", "heard", "find", "found", "discover"], "lead_source"),
        (&["anything", "else"], &["know", "us", "tell", "add", "else"], "notes"),
        (&["tell", "us"], &["about", "more"], "notes"),
    ];
    let has = |word: &&str| words.split(' ').any(|own| own == *word);
    QUESTIONS
        .iter()
        .find(|(all, any, _)| all.iter().all(has) && any.iter().any(has))
        .map(|(_, _, field)| *field)
}

fn strip_noise(words: &str) -> String {
    const NOISE: &[&str] = &[
        "your",
        "the",
        "their",
        "our",
        "required",
        "optional",
        "field",
        "please",
        "enter",
        "dd",
        "mm",
        "yyyy",
        "yy",
        "gbp",
        "usd",
        "eur",
        "aud",
        "inc",
        "incl",
        "vat",
        "tax",
        "approx",
        "approximate",
        "estimated",
        "est",
        "custom",
        "of",
        "for",
        "and",
        "in",
        "local",
        "s",
        "a",
        "if",
        "known",
        "any",
        "e",
        "g",
        "eg",
        "what",
        "is",
        "are",
        "du",
        "de",
        "la",
        "le",
        "der",
        "die",
        "des",
        "di",
        "del",
        "della",
        "van",
        "het",
    ];
    words.split(' ').filter(|word| !NOISE.contains(word)).collect::<Vec<_>>().join(" ")
}
