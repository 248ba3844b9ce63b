//! The program `dialplan`, as it is run.

use std::path::PathBuf;
use std::process::{Command, Output};

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
