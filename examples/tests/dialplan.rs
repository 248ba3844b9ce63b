//! The program `dialplan`, as it is run.

use std::path::PathBuf;
use std::process::{Command, Output};

use trunkline_e164::NationalPlan;
use trunkline_e164::config::{DialPlan, Scope};
use trunkline_examples::dialplan::Format;

fn dialplan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dialplan"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(arguments).output().expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A file of a name of its own.
fn file(name: &str, text: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("trunkline-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_sample_is_shown_and_right() {
    let shown = dialplan(&[]);
    assert!(shown.status.success(), "{}{}", out(&shown), err(&shown));
    assert!(out(&shown).contains("0112                 112 by gw-munich"));
    let lint = dialplan(&["lint", "dialplan.toml"]);
    assert!(lint.status.success(), "{}", out(&lint));
}

#[test]
fn numbers_are_explained() {
    let told = dialplan(&[
        "test",
        "dialplan.toml",
        "0891234567",
        "--explain",
        "--site",
        "Munich",
    ]);
    assert!(told.status.success());
    assert!(
        out(&told).contains("the dial plan Site:Munich applies"),
        "{}",
        out(&told)
    );
    let told = dialplan(&["test", "dialplan.toml", "*99"]);
    assert!(!told.status.success());
    assert!(out(&told).contains("refused: no rule"), "{}", out(&told));
    // nobody from the lobby calls abroad
    let told = dialplan(&[
        "test",
        "dialplan.toml",
        "004314000",
        "--voice-policy",
        "Lobby",
    ]);
    assert!(!told.status.success(), "{}", out(&told));
}

#[test]
fn forms_are_converted_and_losses_told() {
    let csv = dialplan(&["convert", "dialplan.toml", "--to", "csv", "--strict"]);
    assert!(csv.status.success(), "{}", err(&csv));
    let path = file("voice.csv", &csv.stdout);
    let back = dialplan(&[
        "convert",
        path.to_str().unwrap(),
        "--to",
        "json",
        "--strict",
    ]);
    assert!(back.status.success(), "{}", err(&back));
    let direct = dialplan(&["convert", "dialplan.toml", "--to", "json"]);
    assert_eq!(out(&back), out(&direct));
    let asterisk = dialplan(&["convert", "dialplan.toml", "--to", "asterisk", "--strict"]);
    assert!(!asterisk.status.success());
    assert!(
        err(&asterisk)
            .contains("voice_route, Everywhere: the pattern cannot be expressed; left out"),
        "{}",
        err(&asterisk)
    );
    assert!(
        out(&asterisk).contains("exten => _00Z"),
        "{}",
        out(&asterisk)
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn errors_name_file_line_and_field() {
    let path = file(
        "broken.toml",
        b"[[dial_plan]]\nidentity = \"Global\"\noptimize_device_dialing = 1\n",
    );
    let name = path.to_str().unwrap();
    let told = dialplan(&["table", name]);
    assert!(!told.status.success());
    let expected = format!("{name}:3: dial_plan[0].optimize_device_dialing: ");
    assert!(err(&told).contains(&expected), "{}", err(&told));
    std::fs::remove_file(&path).unwrap();

    // as PowerShell's > writes it
    let list = "\u{feff}Identity      : r\r\nNumberPattern : ^1\r\nPriority      : x\r\n";
    let list: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = file("routes.txt", &list);
    let name = path.to_str().unwrap();
    let told = dialplan(&["lint", name]);
    assert!(
        out(&told).contains(&format!("{name}: line 3, Priority: not a number")),
        "{}",
        out(&told)
    );
    std::fs::remove_file(&path).unwrap();
}

/// What the linter and the compiler tell names the line of the rule.
#[test]
fn findings_name_file_and_line() {
    let toml = r#"pstn_usages = [
    "all",
    "forgotten",
]
[[dial_plan]]
identity = "Global"
normalization_rule = [
    { name = "Service", pattern = '^(11\d+)$', translation = '$1' },
    { name = "All", pattern = '^(d{11})$', translation = '+49$1' },
]

[[dial_plan]]
identity = "Site:Munich"

    [[dial_plan.normalization_rule]]
    name = "Service"
    pattern = '^(11\d+)$'
    translation = '$1'

    [[dial_plan.normalization_rule]]
    name = "Broken"
    pattern = '^('
    translation = '$1'

[[voice_policy]]
identity = "Global"
pstn_usages = ["all", "nobody"]

[[voice_route]]
identity = "All"
number_pattern = ".*"
pstn_usages = ["all"]
pstn_gateway_list = ["gw"]

[[voice_route]]
identity = "More"
number_pattern = ".*"
pstn_usages = ["all"]
pstn_gateway_list = ["gw"]
caller_id_pattern = "49"

[[trunk_configuration]]
identity = "PstnGateway:old"
outbound_calling_number_translation_rule = [{ pattern = '[', translation = '' }]

[[pstn_gateway]]
identity = "gw"

[[short_code]]
code = ""
"#;
    let expected = [
        (3, "PSTN usage \"forgotten\""),
        (9, "rule 2 \"All\" of the dial plan Global"),
        (20, "rule 2 \"Broken\" of the dial plan Site:Munich"),
        (25, "voice policy Global"),
        (35, "voice route \"More\""),
        (35, "caller ID pattern of the voice route \"More\""),
        (42, "trunk configuration PstnGateway:old"),
        (44, "rule 1 of the callers' numbers"),
        (49, "short code \"\""),
    ];
    let path = file("lines.toml", toml.as_bytes());
    let name = path.to_str().unwrap();
    let lint = out(&dialplan(&["lint", name]));
    for (line, part) in expected {
        let expected = format!("{name}:{line}: {part}");
        assert!(
            lint.lines().any(|told| told.starts_with(&expected)),
            "{expected}\n{lint}"
        );
    }
    assert_eq!(
        lint.lines().count(),
        lint.matches(&format!("{name}:")).count()
    );
    let test = err(&dialplan(&["test", name, "112"]));
    assert!(
        test.contains(&format!("{name}:20: rule 2 \"Broken\"")),
        "{test}"
    );

    let json = dialplan(&["convert", name, "--to", "json"]);
    std::fs::remove_file(&path).unwrap();
    let json = out(&json);
    let path = file("lines.json", json.as_bytes());
    let name = path.to_str().unwrap();
    let lint = out(&dialplan(&["lint", name]));
    let lines: Vec<&str> = json.lines().collect();
    for (found, value) in [
        ("rule 2 \"All\" of the dial plan Global", "\"All\""),
        (
            "rule 2 \"Broken\" of the dial plan Site:Munich",
            "\"Broken\"",
        ),
        ("voice route \"More\"", "\"More\""),
        (
            "trunk configuration PstnGateway:old: no",
            "\"PstnGateway:old\"",
        ),
    ] {
        let told = lint.lines().find(|told| told.contains(found)).expect(found);
        let line = told.strip_prefix(&format!("{name}:")).expect(told);
        let line: usize = line.split_once(':').expect(told).0.parse().expect(told);
        // the line of the brace, behind which the name stands
        assert_eq!(lines[line - 1].trim(), "{", "{told}");
        assert!(lines[line].contains(value), "{told}");
    }
    std::fs::remove_file(&path).unwrap();
}

/// The same of what cmdlets printed.
#[test]
fn findings_in_imported_files_name_file_and_line() {
    let csv = concat!(
        "#TYPE Microsoft.Rtc.Management.WritableConfig.Policy.Voice.LocationProfile\n",
        "\"Identity\",\"Description\",\"SimpleName\"\n",
        "\"Global\",\"two\nlines\",\"Default\"\n",
        "\n",
        "\"Identity\",\"Pattern\",\"Translation\",\"Name\",\"IsInternalExtension\"\n",
        "\"Global/Service\",\"^(11\\d+)$\",\"$1\",\"Service\",\"False\"\n",
        "\"Global/All\",\"^(d{11})$\",\"+49$1\",\"All\",\"False\"\n",
        "\"Site:Munich/Broken\",\"^(\",\"$1\",\"Broken\",\"False\"\n",
        "\n",
        "\"Identity\",\"NumberPattern\",\"PstnUsages\",\"PstnGatewayList\"\n",
        "\"More\",\"^\\+49\",\"all\",\"gw01\"\n",
    );
    let list = r"
PS C:\> Get-CsDialPlan

Identity           : Global
NormalizationRules : {Description=;Pattern=^(11\d+)$;Translation=$1;Name=Service;IsInternalExtension=False,
                     Description=;Pattern=^(d{11})$;Translation=+49$1;Name=All;IsInternalExtension=False}

PS C:\> Get-CsVoicePolicy

Identity    : Tag:Lobby
PstnUsages  : {nowhere}

PS C:\> Get-CsTrunkConfiguration

Identity                     : Service:PstnGateway:gw01
OutboundTranslationRulesList : {Description=;Pattern=^(;Translation=$1;Name=Broken}
";
    for (name, text, expected) in [
        (
            "lines.csv",
            csv,
            &[
                (8, "rule 2 \"All\" of the dial plan Global: the letter d"),
                (9, "rule 1 \"Broken\" of the dial plan Site:Munich: group"),
                (12, "voice route \"More\": no policy has a usage"),
            ][..],
        ),
        (
            "lines.txt",
            list,
            &[
                (5, "rule 2 \"All\" of the dial plan Global: the letter d"),
                (10, "voice policy Tag:Lobby: no route is of the usage"),
                (16, "rule 1 \"Broken\" of the called numbers"),
            ][..],
        ),
    ] {
        let path = file(name, text.as_bytes());
        let name = path.to_str().unwrap();
        let lint = out(&dialplan(&["lint", name]));
        std::fs::remove_file(&path).unwrap();
        for (line, part) in expected {
            let expected = format!("{name}:{line}: {part}");
            assert!(
                lint.lines().any(|told| told.starts_with(&expected)),
                "{expected}\n{lint}"
            );
        }
    }
}

#[test]
fn a_picture_is_drawn() {
    let picture = dialplan(&["svg", "dialplan.toml"]);
    assert!(picture.status.success());
    let picture = out(&picture);
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    for name in ["gw-berlin", "Tag:Lobby", "Everywhere", "^([2-8]\\d{2})$"] {
        assert!(picture.contains(name), "{name}");
    }
}

/// What interop/dial-plans.sh has Asterisk and Kamailio load is the plan of the crate, and its numbers go where the list says.
#[test]
fn the_plan_that_others_load_is_the_german_one() {
    let text = include_str!("../interop/conf/dial-plans/germany.toml");
    let (configuration, _) = Format::Toml.read(text).unwrap();
    let plan = DialPlan::national(Scope::Global, &NationalPlan::GERMANY, "89").unwrap();
    assert_eq!(
        configuration.dial_plans[0].normalization_rules,
        plan.normalization_rules
    );

    let list = include_str!("../interop/conf/dial-plans/numbers.txt");
    let rows = list.lines().filter(|row| !row.starts_with("# "));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(' ').collect()).collect();
    assert!(rows.len() >= 40);
    let mut arguments = vec!["test", "interop/conf/dial-plans/germany.toml"];
    arguments.extend(["--dial-plan", "munich", "--voice-policy", "staff", "--"]);
    arguments.extend(rows.iter().map(|row| row[0]));
    let told = out(&dialplan(&arguments));
    for (row, said) in rows.iter().zip(told.lines()) {
        let (number, said) = said.split_once(' ').unwrap();
        assert_eq!(number, row[0]);
        let trunks = row[2..].iter().filter(|trunk| **trunk != "alone");
        let sent: Vec<String> = trunks
            .map(|trunk| format!("{} by {trunk}", row[1]))
            .collect();
        match sent.is_empty() {
            true => assert!(
                said.contains("refused") || said.contains("cannot be"),
                "{number}{said}"
            ),
            false => assert_eq!(said.trim(), sent.join(", then "), "{number}"),
        }
    }
}
