//! What is printed.

use std::io::{self, Write};

use crate::measure::Measurement;
use crate::suite::LeftOut;

/// The table: tab-separated, comments behind `#`. Lines appear as soon as they are measured.
pub(crate) fn header() -> io::Result<()> {
    line("# operation\timplementation\tns_per_op\tmb_per_s\tallocs_per_op")
}

pub(crate) fn measurements(measurements: &[Measurement]) -> io::Result<()> {
    for measurement in measurements {
        let Measurement {
            operation,
            implementation,
            ns_per_op,
            mb_per_s,
            allocs_per_op,
            refused,
            differs,
        } = measurement;
        let ns_per_op = number(*ns_per_op, 1).unwrap_or_else(|| "REFUSED".to_string());
        let mb_per_s = number(*mb_per_s, 1).unwrap_or_else(|| "-".to_string());
        let allocs_per_op = number(*allocs_per_op, 2).unwrap_or_else(|| "-".to_string());
        line(&format!(
            "{operation}\t{implementation}\t{ns_per_op}\t{mb_per_s}\t{allocs_per_op}"
        ))?;
        for differs in differs {
            line(&format!(
                "# differs: {operation} {implementation}: {differs}"
            ))?;
        }
        if let Some(refused) = refused {
            eprintln!("{operation} {implementation} refuses: {refused}");
        }
    }
    Ok(())
}

pub(crate) fn left_out(left_out: &[LeftOut]) -> io::Result<()> {
    for LeftOut {
        peer,
        version,
        reason,
    } in left_out
    {
        line(&format!("# left out: {peer} {version}: {reason}"))?;
    }
    Ok(())
}

/// Everything as one document.
pub(crate) fn json(measurements: &[Measurement], left_out: &[LeftOut]) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Document<'a> {
        measurements: &'a [Measurement],
        left_out: Vec<[&'a str; 3]>,
    }
    let left_out = left_out
        .iter()
        .map(|out| [out.peer, out.version, out.reason])
        .collect();
    let document = Document {
        measurements,
        left_out,
    };
    line(&serde_json::to_string_pretty(&document)?)
}

fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Without digits that say nothing.
fn number(value: Option<f64>, decimals: usize) -> Option<String> {
    let text = format!("{:.decimals$}", value?);
    Some(text.trim_end_matches('0').trim_end_matches('.').to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(Some(0.0), 2).as_deref(), Some("0"));
        assert_eq!(number(Some(47.0), 2).as_deref(), Some("47"));
        assert_eq!(number(Some(2.125), 1).as_deref(), Some("2.1"));
        assert_eq!(number(Some(100.0), 1).as_deref(), Some("100"));
        assert_eq!(number(None, 1), None);
    }
}
