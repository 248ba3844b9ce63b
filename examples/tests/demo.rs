//! The demo says yes when all is well, and notices when it is not.

use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sbc"))
        .arg("demo")
        .args(arguments)
        .output()
        .expect("the demo starts")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn three_calls_go_as_expected() {
    let output = demo(&[]);
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("FAIL"), "{text}");
    // Each call is drawn over both legs, and the media of the first one stands in the middle.
    for line in [
        "- INVITE +SDP -",
        "- 200 OK +SDP -",
        "- 487 ",
        "- 404 ",
        "- BYE -",
        "media  callee: 260 RTP in",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}

#[test]
fn a_lost_audio_packet_is_noticed() {
    let output = demo(&["--fault", "drop-one-rtp"]);
    let text = text(&output);
    assert!(!output.status.success(), "{text}");
    assert!(
        text.contains("FAIL  audio towards the callee: 260 sent, 259 arrived"),
        "{text}"
    );
}

#[test]
fn a_call_that_nobody_hangs_up_is_noticed() {
    let output = demo(&["--fault", "no-bye"]);
    let text = text(&output);
    assert!(!output.status.success(), "{text}");
    assert!(
        text.contains("FAIL  call 1 was answered and ended after the caller hung up"),
        "{text}"
    );
}
