//! How much the name of a list sounds like a supplier's clients.

/// Names of lists, the most telling first: whoever is a client, then what is booked, then everybody else.
const NAMES: [&str; 24] = [
    "client",
    "customer",
    "couple",
    "contact",
    "booking",
    "wedding",
    "job",
    "project",
    "people",
    "person",
    "lead",
    "enquir",
    "inquir",
    "event",
    "order",
    "appointment",
    "session",
    "account",
    "guest",
    "member",
    "party",
    "parties",
    "reservation",
    "user",
];

/// From 0, says nothing, to 24. Of a path the last name counts: `/clients/tags` is a list of tags.
pub(super) fn of_path(path: &str) -> usize {
    let last = path.rsplit('/').map(str::to_lowercase).find(|step| {
        let step = step.trim_end_matches(".json");
        // `v2`, `list`, `all` and the like name nothing.
        let version =
            step.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        !step.is_empty() && !version && !["list", "all", "search", "index", "query", "export"].contains(&step)
    });
    last.map_or(0, |step| NAMES.iter().position(|name| step.contains(name)).map_or(0, |at| NAMES.len() - at))
}

/// What the fields of its records add: names, an address, a phone and a day are what clients have.
pub(super) fn of_uses<'a>(uses: impl Iterator<Item = &'a str>) -> usize {
    let (mut name, mut email, mut phone, mut day) = (false, false, false, false);
    for one in uses {
        name |= one.ends_with("_name") && !one.starts_with("project.");
        email |= one.ends_with(".email");
        phone |= one.ends_with(".phone");
        day |= one.ends_with("_date");
    }
    [(name, 12), (email, 16), (phone, 8), (day, 8)]
        .into_iter()
        .filter_map(|(there, points)| there.then_some(points))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_of_a_path_counts() {
        assert!(of_path("/api/v2/clients") > of_path("/api/v2/events"));
        assert!(of_path("/contacts/search") > 0, "a search of contacts lists contacts");
        assert!(of_path("/export/people.json") > 0);
        assert_eq!(of_path("/clients/tags"), 0, "tags of clients are no clients");
        assert_eq!(of_path("/"), 0);
    }

    #[test]
    fn fields_of_people_count_more_than_a_name_of_a_list() {
        let person = of_uses(["primary.first_name", "primary.email"].into_iter());
        assert!(person > NAMES.len(), "whoever has a name and an address is somebody");
        assert_eq!(of_uses(["project.venue_name"].into_iter()), 0);
    }
}
