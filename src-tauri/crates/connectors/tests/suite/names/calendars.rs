//! Every CRM that has a calendar to subscribe to, by the limits of its own definition.

mod tave {
    use crate::feeds::Bench;

    hub_testkit::calendar!(Bench::of("tave"));
}

mod seventeen {
    use crate::feeds::Bench;

    hub_testkit::calendar!(Bench::of("seventeen"));
}

mod pixieset {
    use crate::feeds::Bench;

    hub_testkit::calendar!(Bench::of("pixieset"));
}

mod studiocloud {
    use crate::feeds::Bench;

    hub_testkit::calendar!(Bench::of("studiocloud"));
}
