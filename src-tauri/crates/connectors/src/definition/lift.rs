//! Definitions of an older format, lifted to the one that this build reads.
//!
//! Each change of the format that an older file cannot be read under adds one entry here, in order. There is none yet: the
//! first format is the only one that was ever written. A format that is newer than this build is refused by the check.

use toml::{Table, Value};

use super::FORMAT;

/// The step from one format to the next.
pub(crate) struct Lift {
    /// The format it lifts from.
    pub(crate) from: u32,
    /// What it does, for whoever reads the log.
    pub(crate) what: &'static str,
    /// The change itself; a line about what stands in its way.
    pub(crate) lift: fn(&mut Table) -> Result<(), String>,
}

/// All steps, oldest first. Append-only.
pub(crate) const LIFTS: &[Lift] = &[];

/// Lifts a file to the format of this build, where it is older; says whether it was. Anything but an older format is left to
/// the check.
pub(crate) fn lift(table: &mut Table) -> Result<bool, String> {
    lift_by(table, LIFTS, FORMAT)
}

fn lift_by(table: &mut Table, lifts: &[Lift], newest: u32) -> Result<bool, String> {
    let format =
        |table: &Table| table.get("format").and_then(Value::as_integer).and_then(|n| u32::try_from(n).ok());
    let Some(from) = format(table).filter(|from| *from < newest) else { return Ok(false) };
    for step in from..newest {
        let lift = lifts.iter().find(|lift| lift.from == step);
        let lift = lift.ok_or_else(|| format!("format {step} is older than any this app reads"))?;
        (lift.lift)(table).map_err(|reason| format!("format {step}: {}: {reason}", lift.what))?;
        table.insert("format".to_owned(), Value::Integer(i64::from(step) + 1));
        tracing::debug!(step, what = lift.what, "a definition was lifted to the next format");
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of a history that there was not, to show that steps work.
    const INVENTED: &[Lift] = &[
        Lift {
            from: 1,
            what: "colour is called shade",
            lift: |table| {
                let colour = table.remove("colour").ok_or("no colour")?;
                table.insert("shade".to_owned(), colour);
                Ok(())
            },
        },
        Lift {
            from: 2,
            what: "shade is a list",
            lift: |table| {
                let shade = table.remove("shade").ok_or("no shade")?;
                table.insert("shade".to_owned(), Value::Array(vec![shade]));
                Ok(())
            },
        },
    ];

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn an_older_file_is_lifted_step_by_step_and_says_so() {
        let mut file = table("format = 1\ncolour = 'red'");
        assert_eq!(lift_by(&mut file, INVENTED, 3), Ok(true));
        assert_eq!(file, table("format = 3\nshade = ['red']"));
        assert_eq!(lift_by(&mut file, INVENTED, 3), Ok(false), "once");
    }

    #[test]
    fn what_cannot_be_lifted_is_a_fault_and_a_newer_format_is_left_alone() {
        let fault = lift_by(&mut table("format = 1"), INVENTED, 3).unwrap_err();
        assert_eq!(fault, "format 1: colour is called shade: no colour");
        let fault = lift_by(&mut table("format = 0"), INVENTED, 3).unwrap_err();
        assert_eq!(fault, "format 0 is older than any this app reads");
        for newer in ["format = 4", "format = 'one'", "", "format = -1"] {
            let mut file = table(newer);
            assert_eq!(lift_by(&mut file, INVENTED, 3), Ok(false), "{newer}: for the check to name");
            assert_eq!(file, table(newer));
        }
    }

    #[test]
    fn the_steps_lead_to_the_format_of_this_build_without_a_gap() {
        let last = LIFTS.last().map_or(FORMAT, |lift| lift.from + 1);
        assert_eq!(last, FORMAT, "the last step leads here");
        assert!(LIFTS.windows(2).all(|pair| pair[0].from + 1 == pair[1].from), "in order");
    }
}
