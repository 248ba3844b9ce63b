//! What a provider's guide asks of the controller, seen on the wire at both sides.

mod support;

use core::net::SocketAddr;

use support::{LOOPBACK, Raw, side};
use tokio::sync::{mpsc, oneshot};
use trunkline_e164::CallerId;
use trunkline_examples::sbc::{CallRecord, Config, RouteConfig, Sbc, Side};
use trunkline_sans_io::Transport;
use trunkline_sip_core::EndReason;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n";
const WITH_SDP: &str = "Content-Type: application/sdp\r\n";

/// A controller between two hand-written peers.
struct World {
    pbx: Raw,
    trunk: Raw,
    records: mpsc::UnboundedReceiver<CallRecord>,
    end: oneshot::Sender<()>,
}

impl World {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let unbound = SocketAddr::new(LOOPBACK, 9);
        let (mut pbx, mut trunk) = (Raw::new(unbound).await, Raw::new(unbound).await);
        let mut config = Config {
            pbx: side(&[Transport::Udp], pbx.address()),
            trunk: side(&[Transport::Udp], trunk.address()),
            ..Config::default()
        };
        config.numbers.area_code = Some("89".to_owned());
        change(&mut config);
        let (sender, records) = mpsc::unbounded_channel();
        let sbc = Sbc::bind(config).unwrap().with_records(sender);
        pbx.proxy = sbc.address(Side::Pbx).unwrap();
        trunk.proxy = sbc.address(Side::Trunk).unwrap();
        let (end, ended) = oneshot::channel();
        tokio::spawn(sbc.run(async {
            let _ = ended.await;
        }));
        Self {
            pbx,
            trunk,
            records,
            end,
        }
    }

    /// The exchange calls a number.
    async fn dial(&self, number: &str, branch: &str, more: &str) {
        let more = format!("{WITH_SDP}{more}");
        let invite = self.pbx.request("INVITE", number, branch, &more, SDP);
        self.pbx.send(invite.as_bytes()).await;
    }
}

fn line<'t>(message: &'t str, name: &str) -> &'t str {
    let found = message.lines().find(|line| line.starts_with(name));
    found.unwrap_or_else(|| panic!("no {name} in {message}"))
}

/// P000-6, P000-35: whatever is dialled leaves as E.164, in the Request-URI and in From; P000-37, P000-38: From
/// has the number that the caller chose, and what the network asserts crosses beside it; P000-50: Contact is
/// numeric; P000-44: nothing else is asked of the call.
#[tokio::test]
async fn numbers_leave_as_e164() {
    let world = World::start(|_| {}).await;
    let dialled = [
        "0891234567",
        "0049891234567",
        "+49891234567",
        "(089)%2012%2034-567",
        "1234567",
    ];
    for (index, number) in dialled.iter().enumerate() {
        let asserted = "P-Asserted-Identity: <sip:+4989100@example.com>\r\n";
        world.dial(number, &format!("dial{index}"), asserted).await;
        let invite = world.trunk.next("INVITE").await;
        assert!(
            invite.starts_with("INVITE sip:+49891234567@127.0.0.1:"),
            "{number}: {invite}"
        );
        assert!(line(&invite, "To:").contains("sip:+49891234567@"));
        assert!(line(&invite, "Contact:").contains("@127.0.0.1:"));
        assert!(line(&invite, "P-Asserted-Identity:").contains("+4989100"));
    }
    let from = world.pbx.request("INVITE", "0891", "from", WITH_SDP, SDP);
    world
        .pbx
        .send(from.replace("sip:raw@", "sip:089840798@").as_bytes())
        .await;
    let invite = loop {
        let invite = world.trunk.next("INVITE").await;
        if invite.contains("sip:+49891@") {
            break invite;
        }
    };
    assert!(
        line(&invite, "From:").contains("<sip:+4989840798@"),
        "{invite}"
    );
}

/// P000-36: numbers that begin with 11 stay as they are.
#[tokio::test]
async fn service_numbers_are_left_alone() {
    let world = World::start(|_| {}).await;
    for number in ["110", "112", "115", "116117", "11833"] {
        world.dial(number, number, "").await;
        let invite = loop {
            let invite = world.trunk.next("INVITE").await;
            if invite.contains(&format!("{number}@raw"))
                || invite.contains(&format!("sip:{number}@"))
            {
                break invite;
            }
        };
        assert!(
            invite.starts_with(&format!("INVITE sip:{number}@")),
            "{invite}"
        );
    }
}

/// What no rule covers gets 404, with a reason.
#[tokio::test]
async fn a_number_that_no_rule_covers_is_not_found() {
    let world = World::start(|_| {}).await;
    world.dial("010890", "uncovered", "").await;
    let refusal = world.pbx.next("SIP/2.0 404").await;
    assert!(refusal.starts_with("SIP/2.0 404 no rule"), "{refusal}");
}

/// P000-8, P000-18: the call beyond the limit is refused here, with 503 and Retry-After; P000-42: an emergency
/// call is not.
#[tokio::test]
async fn a_full_trunk_refuses_all_but_emergency_calls() {
    let mut world = World::start(|config| config.trunk.channels = Some(1)).await;
    world.dial("0891", "first", "").await;
    world.trunk.next("INVITE").await;
    world.dial("0892", "second", "").await;
    let refusal = world.pbx.next("SIP/2.0 503").await;
    assert!(line(&refusal, "Retry-After:").len() > 12, "{refusal}");
    let record = world.records.recv().await.unwrap();
    assert!(matches!(record.reason, EndReason::Rejected(_)) && record.to == "+49892");
    world.dial("112", "emergency", "").await;
    loop {
        if world
            .trunk
            .next("INVITE")
            .await
            .starts_with("INVITE sip:112@")
        {
            break;
        }
    }
}

/// P000-23: the limit in kbit/s counts 80 for a G.711 call.
#[tokio::test]
async fn bandwidth_is_a_limit() {
    let world = World::start(|config| config.trunk.bandwidth = Some(159)).await;
    world.dial("0891", "first", "").await;
    world.trunk.next("INVITE").await;
    world.dial("0892", "second", "").await;
    let refusal = world.pbx.next("SIP/2.0 503").await;
    assert!(refusal.contains("bandwidth"), "{refusal}");
}

/// P000-43: on a call from the trunk no provisional response towards it has a body, whatever the exchange says.
#[tokio::test]
async fn the_trunk_hears_no_early_media() {
    let world = World::start(|_| {}).await;
    let invite = world
        .trunk
        .request("INVITE", "+4989123", "inbound", WITH_SDP, SDP);
    world.trunk.send(invite.as_bytes()).await;
    let invite = world.pbx.next("INVITE").await;
    let progress = Raw::ok(&invite)
        .replace("200 OK", "183 Session Progress")
        .replace("Content-Length: 0\r\n\r\n", "");
    let to = line(&progress, "To:").to_owned();
    let progress = progress.replace(&to, &format!("{to};tag=x"));
    let (length, proxy) = (SDP.len(), world.pbx.address());
    let progress = format!(
        "{progress}Contact: <sip:x@{proxy}>\r\n{WITH_SDP}Content-Length: {length}\r\n\r\n{SDP}"
    );
    world.pbx.send(progress.as_bytes()).await;
    let heard = world.trunk.next("SIP/2.0 18").await;
    assert!(
        heard.starts_with("SIP/2.0 180 ") && !heard.contains("m=audio"),
        "{heard}"
    );
}

/// P000-39: a caller's number that is to be withheld is replaced by the alternate one.
#[tokio::test]
async fn the_alternate_number_stands_in_for_the_callers() {
    let world = World::start(|config| {
        config.caller_id = CallerId::new(true, Some("+4989100")).unwrap();
    })
    .await;
    world.dial("0891", "withheld", "").await;
    let invite = world.trunk.next("INVITE").await;
    assert!(
        line(&invite, "From:").contains("<sip:+4989100@"),
        "{invite}"
    );
}

/// P000-53: a number of ours goes back out over the trunk it came from.
#[tokio::test]
async fn a_call_can_turn_around() {
    let world = World::start(|config| {
        config.route.push(RouteConfig {
            from: Side::Trunk,
            number: r"^\+4989199$".to_owned(),
            to: Side::Trunk,
            translation: Some("+498001115550".to_owned()),
        });
    })
    .await;
    let invite = world
        .trunk
        .request("INVITE", "+4989199", "loop", WITH_SDP, SDP);
    world.trunk.send(invite.as_bytes()).await;
    let invite = world.trunk.next("INVITE").await;
    assert!(invite.starts_with("INVITE sip:+498001115550@"), "{invite}");
}

/// P000-24: emergency numbers are asked before everything else; no route takes them.
#[tokio::test]
async fn no_route_takes_an_emergency_call() {
    let world = World::start(|config| {
        config.route.push(RouteConfig {
            from: Side::Pbx,
            number: ".*".to_owned(),
            to: Side::Pbx,
            translation: Some("+4989100".to_owned()),
        });
    })
    .await;
    world.dial("112", "emergency", "").await;
    let invite = world.trunk.next("INVITE").await;
    assert!(invite.starts_with("INVITE sip:112@"), "{invite}");
}

/// P000-49: a number that is in a call already gets the next one, too.
#[tokio::test]
async fn a_busy_number_is_still_offered_calls() {
    let world = World::start(|_| {}).await;
    for branch in ["one", "two", "three"] {
        let invite = world
            .trunk
            .request("INVITE", "+4989123", branch, WITH_SDP, SDP);
        world.trunk.send(invite.as_bytes()).await;
    }
    let mut call_ids = std::collections::BTreeSet::new();
    while call_ids.len() < 3 {
        let invite = world.pbx.next("INVITE").await;
        call_ids.insert(line(&invite, "Call-ID:").to_owned());
    }
}

/// Once it was told to end, new calls are refused with 503 while those that run go on until the grace time.
#[tokio::test]
async fn running_calls_outlive_the_order_to_end() {
    let mut world = World::start(|config| config.limits.grace = 2).await;
    world.dial("0891", "running", "").await;
    let invite = world.trunk.next("INVITE").await;
    let ok = Raw::ok(&invite);
    let to = line(&ok, "To:").to_owned();
    let (length, contact) = (SDP.len(), world.trunk.address());
    let ok = ok
        .replace(&to, &format!("{to};tag=x"))
        .replace("Content-Length: 0\r\n\r\n", "");
    let ok = format!(
        "{ok}Contact: <sip:x@{contact}>\r\n{WITH_SDP}Content-Length: {length}\r\n\r\n{SDP}"
    );
    world.trunk.send(ok.as_bytes()).await;
    let ok = world.pbx.next("SIP/2.0 200").await;
    world
        .pbx
        .send(world.pbx.acknowledge(&ok, "running").as_bytes())
        .await;
    let _ = core::mem::replace(&mut world.end, oneshot::channel().0).send(());
    // Whether the order was heard by now is not to be seen from here: a call tells.
    let mut attempt = 0;
    loop {
        attempt += 1;
        world.dial("0892", &format!("late{attempt}"), "").await;
        let answer = world.pbx.next("SIP/2.0 ").await;
        if answer.starts_with("SIP/2.0 503") {
            assert!(line(&answer, "Retry-After:").len() > 12);
            break;
        }
    }
    world.pbx.next("BYE").await;
    world.trunk.next("BYE").await;
}

/// P000-5: who is not of the configured networks gets 403.
#[tokio::test]
async fn strangers_are_forbidden() {
    let world =
        World::start(|config| config.pbx.networks = vec!["192.0.2.0/24".parse().unwrap()]).await;
    world.dial("0891", "stranger", "").await;
    world.pbx.next("SIP/2.0 403").await;
}
