//! Month and weekday names of the languages that exports arrive in, folded to lower case without accents.

/// The month (1 to 12) that a folded word names: full names and usual short forms in English, French, German, Spanish,
/// Italian, Dutch, Portuguese, Danish, Norwegian, Swedish and Polish.
pub(super) fn month(word: &str) -> Option<i8> {
    const MONTHS: [&[&str]; 12] = [
        &[
            "january", "jan", "janvier", "janv", "januar", "janner", "jaenner", "enero", "ene", "gennaio",
            "gen", "januari", "janeiro", "stycznia", "styczen", "sty",
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
            "lutego",
            "luty",
            "lut",
        ],
        &[
            "march", "mar", "mars", "marz", "maerz", "mrz", "marzo", "maart", "mrt", "marco", "marts",
            "mart", "marca", "marzec",
        ],
        &["april", "apr", "avril", "avr", "abril", "abr", "aprile", "kwietnia", "kwiecien", "kwi"],
        &["may", "mai", "mayo", "maggio", "mag", "mei", "maio", "maj", "maja"],
        &["june", "jun", "juin", "juni", "junio", "giugno", "giu", "junho", "czerwca", "czerwiec", "cze"],
        &[
            "july", "jul", "juillet", "juil", "juli", "julio", "luglio", "lug", "julho", "lipca", "lipiec",
            "lip",
        ],
        &[
            "august", "aug", "aout", "aou", "agosto", "ago", "augustus", "augusti", "sierpnia", "sierpien",
            "sie",
        ],
        &[
            "september",
            "sept",
            "sep",
            "septembre",
            "septiembre",
            "setiembre",
            "settembre",
            "set",
            "setembro",
            "wrzesnia",
            "wrzesien",
            "wrz",
        ],
        &[
            "october",
            "oct",
            "octobre",
            "oktober",
            "okt",
            "octubre",
            "ottobre",
            "ott",
            "outubro",
            "out",
            "pazdziernika",
            "pazdziernik",
            "paz",
        ],
        &["november", "nov", "novembre", "noviembre", "novembro", "listopada", "listopad", "lis"],
        &[
            "december",
            "dec",
            "decembre",
            "dezember",
            "dez",
            "diciembre",
            "dic",
            "dicembre",
            "dezembro",
            "desember",
            "des",
            "grudnia",
            "grudzien",
            "gru",
        ],
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
        &[
            "monday",
            "mon",
            "lundi",
            "lun",
            "montag",
            "lunes",
            "lunedi",
            "maandag",
            "segunda",
            "mandag",
            "poniedzialek",
        ],
        &[
            "tuesday", "tue", "tues", "mardi", "dienstag", "martes", "martedi", "dinsdag", "terca", "tisdag",
            "tirsdag", "wtorek",
        ],
        &[
            "wednesday",
            "wed",
            "weds",
            "mercredi",
            "mittwoch",
            "miercoles",
            "mercoledi",
            "woensdag",
            "quarta",
            "onsdag",
            "sroda",
        ],
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
            "torsdag",
            "czwartek",
        ],
        &[
            "friday", "fri", "vendredi", "freitag", "viernes", "venerdi", "vrijdag", "sexta", "fredag",
            "piatek",
        ],
        &[
            "saturday",
            "sat",
            "samedi",
            "samstag",
            "sonnabend",
            "sabado",
            "sabato",
            "zaterdag",
            "lordag",
            "sobota",
        ],
        &["sunday", "sun", "dimanche", "sonntag", "domingo", "domenica", "zondag", "sondag", "niedziela"],
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
