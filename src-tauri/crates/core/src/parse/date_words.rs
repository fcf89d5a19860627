//! Month and weekday names of the languages that exports arrive in, folded to lower case without accents.

/// The month (1 to 12) that a folded word names: full names and usual short forms in English, French, German, Spanish,
/// Italian, Dutch and Portuguese.
pub(super) fn month(word: &str) -> Option<i8> {
    const MONTHS: [&[&str]; 12] = [
        &[
            "january", "jan", "janvier", "janv", "januar", "janner", "jaenner", "enero", "ene", "gennaio",
            "gen", "januari", "janeiro",
        ],
        &[
            "february",
            "feb",
            "febr",
            "fevrier",
            "fevr",
            "fev",
            "februar",
            "feber",
            "febrero",
            "febbraio",
            "februari",
            "fevereiro",
        ],
        &["march", "mar", "mars", "marz", "maerz", "mrz", "marzo", "maart", "mrt", "marco"],
        &["april", "apr", "avril", "avr", "abril", "abr", "aprile"],
        &["may", "mai", "mayo", "maggio", "mag", "mei", "maio"],
        &["june", "jun", "juin", "juni", "junio", "giugno", "giu", "junho"],
        &["july", "jul", "juillet", "juil", "juli", "julio", "luglio", "lug", "julho"],
        &["august", "aug", "aout", "aou", "agosto", "ago", "augustus"],
        &["september", "sept", "sep", "septembre", "septiembre", "setiembre", "settembre", "set", "setembro"],
        &["october", "oct", "octobre", "oktober", "okt", "octubre", "ottobre", "ott", "outubro", "out"],
        &["november", "nov", "novembre", "noviembre", "novembro"],
        &["december", "dec", "decembre", "dezember", "dez", "diciembre", "dic", "dicembre", "dezembro"],
    ];
    if word.len() < 3 {
        return None;
    }
    MONTHS.iter().position(|names| names.contains(&word)).and_then(|index| i8::try_from(index + 1).ok())
}

/// The weekday (Monday = 1 to Sunday = 7) that a folded word names. Two-letter forms count only when `short` forms are
/// certain to be weekdays, so they are left out.
pub(super) fn weekday(word: &str) -> Option<i8> {
    const DAYS: [&[&str]; 7] = [
        &["monday", "mon", "lundi", "lun", "montag", "lunes", "lunedi", "maandag", "segunda"],
        &["tuesday", "tue", "tues", "mardi", "dienstag", "martes", "martedi", "dinsdag", "terca"],
        &["wednesday", "wed", "weds", "mercredi", "mittwoch", "miercoles", "mercoledi", "woensdag", "quarta"],
        &[
            "thursday",
            "thu",
            "thur",
            "thurs",
            "jeudi",
            "donnerstag",
            "jueves",
            "giovedi",
            "donderdag",
            "quinta",
        ],
        &["friday", "fri", "vendredi", "freitag", "viernes", "venerdi", "vrijdag", "sexta"],
        &["saturday", "sat", "samedi", "samstag", "sonnabend", "sabado", "sabato", "zaterdag"],
        &["sunday", "sun", "dimanche", "sonntag", "domingo", "domenica", "zondag"],
    ];
    DAYS.iter().position(|names| names.contains(&word)).and_then(|index| i8::try_from(index + 1).ok())
}

/// Words that say there is more than one possible day.
pub(super) fn is_alternative(word: &str) -> bool {
    matches!(word, "or" | "oder" | "ou" | "of" | "oppure" | "either")
}

/// Words for a time of the year without a day.
pub(super) fn is_season(word: &str) -> bool {
    matches!(
        word,
        "spring"
            | "summer"
            | "autumn"
            | "fall"
            | "winter"
            | "early"
            | "mid"
            | "late"
            | "printemps"
            | "ete"
            | "automne"
            | "hiver"
            | "fruhling"
            | "fruhjahr"
            | "sommer"
            | "herbst"
            | "verano"
            | "primavera"
            | "estate"
            | "zomer"
            | "herfst"
            | "easter"
            | "christmas"
    )
}
