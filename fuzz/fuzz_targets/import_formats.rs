#![no_main]
//! A voice configuration as another system has it; the first octet chooses the form.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_e164::VoiceRouting;
use trunkline_e164::config::VoiceConfiguration;
use trunkline_e164::import::{Format, Reason, decode};

fuzz_target!(|data: &[u8]| {
    let _ = decode(data);
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = str::from_utf8(rest) else {
        return;
    };
    let format = Format::ALL[usize::from(*choice) % Format::ALL.len()];
    let mut configuration = VoiceConfiguration::default();
    let findings = format.read(text, &mut configuration).unwrap();
    let lines = text.split('\n').count();
    for finding in &findings {
        assert!((1..=lines).contains(&finding.line), "{finding}");
        assert!(
            text.contains(finding.field)
                || finding.reason == Reason::Missing
                || !finding.field.is_empty()
        );
        assert!(!finding.to_string().is_empty());
    }
    check_told(format, text);
    check_again(format, text, &configuration);

    // rules may be broken, and are told as such
    let (_, broken) = VoiceRouting::without_broken(&configuration);
    assert_eq!(broken.is_empty(), VoiceRouting::new(&configuration).is_ok());

    for other in Format::ALL {
        let mut written = String::new();
        let losses = other.write(&configuration, &mut written);
        let mut again = VoiceConfiguration::default();
        other.read(&written, &mut again).unwrap();
        // what is written of what was written is the same, and a writer without losses lost nothing
        if losses.is_empty() {
            assert_eq!(again, configuration, "{other}\n{written}");
        }
    }
});

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
