//! What an operator is told of a configuration file.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use trunkline_examples::sbc::{Config, load};

/// A controller of which there is nothing to be said but what the system may add.
const GOOD: &str = r#"
[pbx]
listen = ["tcp:127.0.0.1:5068"]
hosts = ["tcp:127.0.0.2:5060"]

[trunk]
listen = ["tcp:127.0.0.1:5080"]
hosts = ["tcp:link01.trunk.example", "tcp:link02.trunk.example"]
networks = ["127.0.0.0/8"]

[numbers]
area_code = "89"

[media]
ports = "10000-20000"
"#;

fn write(text: &str) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("config{number}.toml"));
    std::fs::write(&path, text).unwrap();
    path
}

/// The good file with one text in the place of another.
fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

/// The findings about anything that is not the system's doing.
fn findings(text: &str) -> Vec<String> {
    let (_, findings) = load(&write(text)).unwrap();
    let findings = findings.iter().map(ToString::to_string);
    findings
        .filter(|text| !text.contains("reserve them"))
        .collect()
}

#[test]
fn nothing_is_said_of_a_good_file() {
    assert_eq!(findings(GOOD), [""; 0]);
}

/// The file that comes with the controller is read, and what is shown of it reads back equal.
#[test]
fn the_example_is_read_and_shown() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sbc.toml");
    let (config, findings) = load(&path).unwrap();
    assert!(
        !findings.iter().any(|finding| finding.fatal),
        "{findings:?}"
    );
    assert_eq!(config.trunk.channels, Some(30));
    assert_eq!(config.trunk.early_media, Some(false));
    assert_eq!(config.numbers.rules.len(), 1);

    let shown = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<Config>(&shown).unwrap(), config, "{shown}");
    let (config, _) = load(&write(GOOD)).unwrap();
    let shown = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<Config>(&shown).unwrap(), config, "{shown}");
}

/// The table and the name of every key in a file, even where it is commented out.
fn keys(text: &str) -> BTreeSet<String> {
    let mut table = String::new();
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some((name, _)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            table = name.trim_start_matches('[').to_owned();
            let outer = if table.contains('.') { "" } else { "." };
            keys.insert(format!("{outer}{table}"));
        } else if let Some((key, _)) = line.split_once(" = ")
            && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        {
            keys.insert(format!("{table}.{key}"));
        }
    }
    keys
}

#[test]
fn the_example_has_every_key() {
    let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/sbc.toml"));
    let there = keys(&example.unwrap());
    // Those without a default are not shown.
    let mut config = Config::default();
    for side in [&mut config.pbx, &mut config.trunk] {
        side.ports = Some(trunkline_sip_core::PortRange::MEDIATION_TCP);
        side.public_address = Some([192, 0, 2, 1].into());
        side.early_media = Some(true);
    }
    (config.trunk.channels, config.trunk.bandwidth) = (Some(1), Some(1));
    config.numbers.area_code = Some("89".into());
    config.numbers.main_number = "+498912345".parse().ok();
    config.output.records = Some("calls.jsonl".into());
    config.output.ladders = Some("ladders.html".into());
    let shown = keys(&toml::to_string(&config).unwrap());
    let missing: Vec<_> = shown.difference(&there).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(shown.len() > 40, "{shown:?}");
}

/// P000-15, P000-32: whatever cannot be read is told with file, line and field.
#[test]
fn errors_name_file_line_and_field() {
    for (text, expected) in [
        (
            changed("\"tcp:127.0.0.2:5060\"", "\"127.0.0.2\""),
            "4: error: pbx.hosts[0]: \"127.0.0.2\": must begin with udp:, tcp:, tls:, ws: or wss:",
        ),
        (
            changed("127.0.0.0/8", "127.0.0.1/8"),
            "9: error: trunk.networks[0]: \"127.0.0.1/8\": bits past the prefix length are set",
        ),
        (
            changed("area_code = \"89\"", "main_number = \"089\""),
            "12: error: numbers.main_number: \"089\": no plus sign at offset 0",
        ),
        (
            changed("10000-20000", "20000-10000"),
            "15: error: media.ports: \"20000-10000\": the range ends before it starts",
        ),
        (
            changed("[numbers]", "mode = \"registered\"\n[numbers]"),
            "11: error: trunk.mode: \"registered\": the only mode is static-ip; trunks that register are not supported",
        ),
        (
            changed("[numbers]", "[caller_id]\nsuppress = true\n[numbers]"),
            "11: error: caller_id: no alternate number to show",
        ),
        (
            format!("{GOOD}[[dscp]]\nprotocol = \"udp\"\nports = \"1-2\"\nvalue = 64\n"),
            "19: error: dscp[0].value: 64: a codepoint is at most 63",
        ),
        (
            format!("{GOOD}[[numbers.rule]]\npattern = '^(8'\ntranslation = ''\n"),
            "17: error: numbers.rule[0].pattern: \"^(8\": group not closed at offset 1 of the pattern",
        ),
        (
            format!("{GOOD}[[numbers.rule]]\npattern = '^8'\ntranslation = '${{a}}'\n"),
            "16: error: numbers.rule[0]: \"${a}\": unsupported substitution at offset 0 of the translation",
        ),
        (changed("[media]", "[media"), "14: error: syntax: "),
    ] {
        let path = write(&text);
        let error = load(&path).unwrap_err();
        let expected = format!("{}:{expected}", path.display());
        assert!(error.starts_with(&expected), "{error}\n{expected}");
    }
    let error = load(&PathBuf::from("missing.toml")).unwrap_err();
    assert!(
        error.starts_with("missing.toml:1: error: file: "),
        "{error}"
    );
}

#[test]
fn unknown_keys_are_errors() {
    for (table, expected) in [
        ("[pbx]", "pbx.colour: unknown field `colour`"),
        ("[trunk]", "trunk.colour: unknown field `colour`"),
        ("[numbers]", "numbers.colour: unknown field `colour`"),
        ("[media]", "media.colour: unknown field `colour`"),
    ] {
        let error = load(&write(&changed(table, &format!("{table}\ncolour = 1")))).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    for table in ["limits", "resolver", "output", "caller_id", "paint"] {
        let error = load(&write(&format!("{GOOD}[{table}]\ncolour = 1\n"))).unwrap_err();
        assert!(error.contains("unknown field"), "{error}");
    }
    for table in ["dscp", "route", "numbers.rule"] {
        let error = load(&write(&format!("{GOOD}[[{table}]]\ncolour = 1\n"))).unwrap_err();
        assert!(error.contains("unknown field `colour`"), "{error}");
    }
}

/// P000-3, P000-10, P000-20, P000-22, P000-27, P000-50: what is said of a file that can be read.
#[test]
fn findings_name_line_and_field() {
    let link = "[\"tcp:link01.trunk.example\", \"tcp:link02.trunk.example\"]";
    for (text, expected) in [
        (
            changed("127.0.0.1:5080", "sbc.example:5080"),
            "7: error: trunk.listen: tcp:sbc.example:5080: must be a numeric address of this host",
        ),
        (
            changed("tcp:127.0.0.1:5080", "udp:127.0.0.1:5080"),
            "8: error: trunk.hosts: tcp:link01.trunk.example: nothing listens over its transport",
        ),
        (
            changed("networks = [\"127.0.0.0/8\"]", ""),
            "6: error: trunk.networks: needed, since a host is a name",
        ),
        (
            changed(link, "[\"tcp:127.0.0.9\"]"),
            "8: warning: trunk.hosts: tcp:127.0.0.9: use the name, the provider may move",
        ),
        (
            changed("tcp:127.0.0.1:5068", "tcp:127.0.0.77:5068"),
            "3: warning: pbx.listen: the system reaches 127.0.0.2 from 127.0.0.1",
        ),
        (
            changed("tcp:127.0.0.1:5080", "tcp:10.255.1.7:5080"),
            "6: error: trunk.public_address: needed, since a static-IP trunk is bound to the private address 10.255.1.7",
        ),
        (
            changed("127.0.0.0/8", "0.0.0.0/0"),
            "9: warning: trunk.networks: 0.0.0.0/0 is the whole internet",
        ),
        (
            changed("listen = [\"tcp:127.0.0.1:5080\"]", "listen = []"),
            "7: error: trunk.listen: needed: one local address or two",
        ),
        (
            changed("10000-20000", "10000-10100"),
            "15: warning: media.ports: too few for 2000 calls of four ports each",
        ),
        (
            changed("\"89\"", "\"1\""),
            "12: error: numbers.area_code: \"1\": not an area code; Munich, for instance, is \"89\"",
        ),
        (
            changed("\"89\"", "\"1\"\ncountry_code = 41"),
            "12: error: numbers.area_code: \"1\": there are plans by area code for country codes 49 and 43 alone",
        ),
        (
            changed("127.0.0.1:5080", "127.0.0.1:5068"),
            "7: error: trunk.listen: tcp:127.0.0.1:5068: pbx.listen has it already",
        ),
        (
            changed("\"tcp:127.0.0.1:5080\"", "\"tcp:192.0.2.77:5080\""),
            "7: warning: trunk.listen: 192.0.2.77: not an address of this host",
        ),
        (
            format!("{GOOD}[output]\nrecords = '/nowhere/at/all/calls.jsonl'\n"),
            "17: error: output.records: /nowhere/at/all: no such directory",
        ),
        (
            format!("{GOOD}[output]\nladders = '/'\n"),
            "17: error: output.ladders: /: a directory",
        ),
        (
            changed("10000-20000", "10001-10001"),
            "15: error: media.ports: ",
        ),
        (
            format!("{GOOD}[[numbers.rule]]\npattern = '^8(\\d)$'\ntranslation = '+49$2'\n"),
            "16: warning: numbers.rule[0]: own rule 1 names $2, a group that its pattern has not",
        ),
        (
            format!(
                "{GOOD}[[route]]\nfrom = 'pbx'\nnumber = '^8'\nto = 'pbx'\ntranslation = '$1'\n"
            ),
            "20: warning: route[0].translation: names $1, a group that its pattern has not",
        ),
        (
            format!("{GOOD}[[route]]\nfrom = 'pbx'\nnumber = '('\nto = 'pbx'\n"),
            "16: error: route[0]: group not closed at offset 0 of the pattern",
        ),
    ] {
        let said = findings(&text);
        assert!(
            said.iter().any(|said| said.starts_with(expected)),
            "{expected}\n{said:#?}"
        );
    }
    assert_eq!(
        findings("")
            .iter()
            .filter(|said| said.contains("error"))
            .count(),
        4
    );
}

/// Five service numbers that nothing covers are one thing to say.
#[test]
fn a_plan_without_area_code_is_told_once() {
    let said = findings(&changed("area_code = \"89\"", ""));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("11: warning: numbers: no area_code, so no German plan: "),
        "{said:?}"
    );
}

/// What `check` and `run` say of a file, and whether they are content.
fn sbc(verb: &str, text: &str) -> (bool, String) {
    let path = write(text);
    let mut sbc = Command::new(env!("CARGO_BIN_EXE_sbc"));
    let output = sbc.arg(verb).arg(&path).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (
        output.status.success(),
        said.replace(&path.display().to_string(), "FILE"),
    )
}

#[test]
fn check_and_run_tell_how_it_ends() {
    let (good, said) = sbc("check", GOOD);
    assert!(good, "{said}");
    // The system of whoever runs this may have something to say of the ports.
    assert!(
        said == "no objections\n" || said.contains("reserve them"),
        "{said}"
    );
    let twice = changed("127.0.0.1:5080", "127.0.0.1:5068");
    let (good, said) = sbc("check", &twice);
    assert!(
        !good && said.starts_with("FILE:7: error: trunk.listen: "),
        "{said}"
    );
    let (good, said) = sbc("run", &twice);
    assert!(
        !good && said.ends_with("\nnot started: 1 error\n"),
        "{said}"
    );
    let (good, said) = sbc(
        "run",
        &twice.replace("area_code = \"89\"", "area_code = \"1\""),
    );
    assert!(
        !good && said.ends_with("\nnot started: 2 errors\n"),
        "{said}"
    );
    for verb in ["check", "show", "run"] {
        let (good, said) = sbc(verb, "[pbx]\ncolour = 1\n");
        assert!(
            !good && said.starts_with("FILE:2: error: pbx.colour: "),
            "{said}"
        );
    }
}

/// P000-46: two local addresses reach two hosts, and nothing less.
#[test]
fn half_of_a_two_by_two_is_refused() {
    let two = changed(
        "[\"tcp:127.0.0.1:5080\"]",
        "[\"tcp:127.0.0.1:5080\", \"tcp:127.0.0.3:5080\"]",
    );
    assert_eq!(findings(&two), [""; 0]);
    let half = two.replace(", \"tcp:link02.trunk.example\"", "");
    assert_eq!(
        findings(&half),
        ["8: error: trunk.hosts: two local addresses need two hosts, and each is to reach both"]
    );
    // The second address has another transport, so that it reaches neither.
    let torn = two.replace("tcp:127.0.0.3", "udp:127.0.0.3");
    assert!(
        findings(&torn)
            .iter()
            .any(|said| said.contains("error: trunk."))
    );
}
