#![no_main]
//! A voice configuration as another system has it; the first octet chooses the form, what is checked, and the form in which it is written.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_e164::config::VoiceConfiguration;
use trunkline_e164::import::{Format, Reason, decode};
use trunkline_e164::{Part, VoiceRouting};

fuzz_target!(|data: &[u8]| {
    let _ = decode(data);
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = str::from_utf8(rest) else {
        return;
    };
    let choice = usize::from(*choice);
    let format = Format::ALL[choice % Format::ALL.len()];
    let mut configuration = VoiceConfiguration::default();
    let (findings, parts) = format.read_with_lines(text, &mut configuration).unwrap();
    let lines = text.split('\n').count();
    assert!(parts.values().all(|line| (1..=lines).contains(line)));
    for (index, route) in configuration.voice_routes.iter().enumerate() {
        let name = &*route.identity;
        let part = Part::VoiceRoute { index, name };
        let place = part.place(&configuration).unwrap();
        assert!(parts.contains_key(&place), "{part}");
    }
    for finding in &findings {
        assert!((1..=lines).contains(&finding.line), "{finding}");
        assert!(
            text.contains(finding.field)
                || finding.reason == Reason::Missing
                || !finding.field.is_empty()
        );
        assert!(!finding.to_string().is_empty());
    }
    // one of them each time, since they take several times as long as reading does
    match choice / 5 % 4 {
        0 => check_told(format, text),
        1 => check_again(format, text, &configuration),
        2 => {
            // rules may be broken, and are told as such
            let (_, broken) = VoiceRouting::without_broken(&configuration);
            assert_eq!(broken.is_empty(), VoiceRouting::new(&configuration).is_ok());
        }
        _ => check_written(Format::ALL[choice / 20 % Format::ALL.len()], &configuration),
    }
});

/// A writer without losses lost nothing.
fn check_written(format: Format, configuration: &VoiceConfiguration) {
    let mut written = String::new();
    let losses = format.write(configuration, &mut written);
    for loss in &losses {
        assert!(!loss.to_string().is_empty());
    }
    if losses.is_empty() {
        let mut again = VoiceConfiguration::default();
        format.read(&written, &mut again).unwrap();
        assert_eq!(again, *configuration, "{format}\n{written}");
    }
}

/// What belongs to nothing is told, whatever stands before it.
fn check_told(format: Format, text: &str) {
    let canary = match format {
        Format::Asterisk => "\n--;\n[canary]\ncanary => 1\n",
        Format::PowerShellList => "\n\ncanary\n",
        _ => "\n\nCanary\n1\n",
    };
    let longer = [text, canary].concat();
    let mut configuration = VoiceConfiguration::default();
    let findings = format.read(&longer, &mut configuration).unwrap();
    assert!(!findings.is_empty());
}

/// Read twice it changes nothing but what is told.
fn check_again(format: Format, text: &str, configuration: &VoiceConfiguration) {
    let mut twice = configuration.clone();
    let findings = format.read(text, &mut twice).unwrap();
    if twice != *configuration {
        assert!(!findings.is_empty());
    }
}
