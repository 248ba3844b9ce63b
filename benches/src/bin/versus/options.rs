//! The command line.

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Names of suites, at least one.
    pub(crate) suites: Vec<String>,
    /// Only operations whose name contains this.
    pub(crate) filter: Option<String>,
    pub(crate) rounds: u32,
    pub(crate) json: bool,
}

pub(crate) const USAGE: &str = "\
usage: versus SUITE.. [--filter TEXT] [--rounds N] [--json]

  SUITE          what to measure; `all` for everything
  --filter TEXT  only operations whose name contains TEXT
  --rounds N     how often each implementation takes its turn (default 101); 1 for a check without timing
  --json         one JSON document instead of the table";

const ROUNDS: u32 = 101;

impl Options {
    /// # Errors
    ///
    /// What is wrong, for the user; empty when only the usage is asked for.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            suites: Vec::new(),
            filter: None,
            rounds: ROUNDS,
            json: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next();
                value.ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--filter" => options.filter = Some(value()?),
                "--rounds" => {
                    let rounds = value()?.parse().ok().filter(|rounds| *rounds > 0);
                    options.rounds = rounds.ok_or("--rounds needs a number above 0")?;
                }
                "--json" => options.json = true,
                "--help" | "-h" => return Err(String::new()),
                option if option.starts_with('-') => {
                    return Err(format!("{option} is not an option"));
                }
                _ => options.suites.push(argument),
            }
        }
        if options.suites.is_empty() {
            return Err("name a suite".to_string());
        }
        Ok(options)
    }

    pub(crate) fn selects(&self, operation: &str) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|text| operation.contains(text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_string))
    }

    #[test]
    fn options_may_stand_anywhere() {
        let options = parse("--json sip --filter index --rounds 5").expect("a sound command line");
        assert_eq!(options.suites, ["sip"]);
        assert!(options.json && options.rounds == 5);
        assert!(options.selects("sip.index.ack") && !options.selects("sip.typed.lync"));
        assert!(parse("sdp").expect("a suite").selects("sdp.walk.lync"));
    }

    #[test]
    fn mistakes_are_told() {
        for line in ["", "sip --rounds", "sip --rounds 0", "sip --fitler x"] {
            assert!(parse(line).is_err_and(|error| !error.is_empty()), "{line}");
        }
    }
}
