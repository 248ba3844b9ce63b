//! Whatever comes in, it gets the right answer or a counted drop, and running calls do not notice.

mod support;

use core::net::SocketAddr;
use core::time::Duration;

use support::{ANSWERED, Bench, Finished, LOOPBACK, Raw, UNKNOWN, assert_undisturbed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use trunkline_sip_core::{DropReason, EndReason, PortRange, StatusCode};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";

/// Runs a call and the attack side by side; the call must not notice.
async fn beside_a_call<T>(bench: Bench, attack: impl Future<Output = T>) -> (T, Finished) {
    let (outcome, result) = tokio::join!(bench.call(), attack);
    let finished = bench.finish().await;
    assert_undisturbed(outcome, &finished.callee[0]);
    (result, finished)
}

#[tokio::test]
async fn garbage_datagrams_are_counted_and_dropped() {
    let bench = Bench::start(|_| {}).await;
    let raw = Raw::new(bench.proxy).await;
    let (_, finished) = beside_a_call(bench, async {
        // A fixed generator, so that a failure can be repeated.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for round in 0..500_usize {
            let mut bytes = vec![0; round % 400 + 1];
            for byte in &mut bytes {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                *byte = (state >> 56) as u8;
            }
            // Never a STUN or keep-alive look-alike: those are not garbage.
            bytes[0] |= 0x80;
            raw.send(&bytes).await;
            if round % 50 == 0 {
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    let statistics = finished.report.statistics;
    assert_eq!(
        statistics.dropped(DropReason::Malformed),
        500,
        "{statistics:?}"
    );
}

#[tokio::test]
async fn a_header_that_never_ends_costs_its_sender_the_connection() {
    let bench = Bench::start(|_| {}).await;
    let proxy = bench.proxy;
    let (sent, _) = beside_a_call(bench, async {
        let mut stream = TcpStream::connect(proxy).await.unwrap();
        let mut sent = 0;
        let chunk = b"X-Endless: and on it goes and on and on\r\n".repeat(100);
        stream
            .write_all(b"OPTIONS sip:a@b SIP/2.0\r\n")
            .await
            .unwrap();
        while sent < 50_000_000 && stream.write_all(&chunk).await.is_ok() {
            sent += chunk.len();
        }
        sent
    })
    .await;
    assert!(sent < 50_000_000, "the connection was never closed");
}

#[tokio::test]
async fn a_header_of_100_kb_is_too_much() {
    let bench = Bench::start(|_| {}).await;
    let proxy = bench.proxy;
    let raw = Raw::new(proxy).await;
    let (_, _) = beside_a_call(bench, async {
        let mut stream = TcpStream::connect(proxy).await.unwrap();
        let message = format!(
            "OPTIONS sip:{proxy} SIP/2.0\r\nSubject: {}\r\n\r\n",
            "x".repeat(100_000)
        );
        let _ = stream.write_all(message.as_bytes()).await;
        let mut answer = Vec::new();
        let closed = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "the connection was never closed");
        // As much as a datagram can carry of it.
        let long = raw.request(
            "OPTIONS",
            "",
            "long",
            &format!("Subject: {}\r\n", "x".repeat(60_000)),
            "",
        );
        raw.send(long.replace("sip:@", "sip:").as_bytes()).await;
        assert_eq!(raw.final_status().await, Some(513));
    })
    .await;
}

#[tokio::test]
async fn a_lying_content_length_is_not_believed() {
    let bench = Bench::start(|_| {}).await;
    let proxy = bench.proxy;
    let raw = Raw::new(proxy).await;
    beside_a_call(bench, async {
        // RFC 3261 section 18.3: a datagram that ends before its body does gets 400.
        let long = raw.request(
            "OPTIONS",
            ANSWERED,
            "long",
            "Content-Length: 500\r\n",
            "short",
        );
        raw.send(long.as_bytes()).await;
        assert_eq!(raw.final_status().await, Some(400));
        let negative = raw.request(
            "OPTIONS",
            ANSWERED,
            "negative",
            "Content-Length: -1\r\n",
            "",
        );
        raw.send(negative.as_bytes()).await;
        assert_eq!(raw.final_status().await, Some(400));
        // On a stream nobody knows any more where the next message begins.
        let mut stream = TcpStream::connect(proxy).await.unwrap();
        stream
            .write_all(negative.replace("/UDP", "/TCP").as_bytes())
            .await
            .unwrap();
        let mut answer = Vec::new();
        let closed = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "the connection was never closed");
    })
    .await;
}

#[tokio::test]
async fn a_description_without_a_usable_stream_gets_488() {
    let bench = Bench::start(|_| {}).await;
    let raw = Raw::new(bench.proxy).await;
    let (_, finished) = beside_a_call(bench, async {
        let bodies = [
            format!("{SDP}m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"),
            format!("{SDP}m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n"),
            format!("{SDP}m=audio 0 RTP/AVP 0\r\n"),
            SDP.to_owned(),
            "gibberish".to_owned(),
        ];
        for (number, body) in bodies.iter().enumerate() {
            let branch = format!("sdp{number}");
            let invite = raw.request(
                "INVITE",
                ANSWERED,
                &branch,
                "Content-Type: application/sdp\r\n",
                body,
            );
            raw.send(invite.as_bytes()).await;
            assert_eq!(raw.final_status().await, Some(488), "{body}");
            raw.send(raw.request("ACK", ANSWERED, &branch, "", "").as_bytes())
                .await;
        }
        let other = raw.request(
            "INVITE",
            ANSWERED,
            "html",
            "Content-Type: text/html\r\n",
            "<p>hello</p>",
        );
        raw.send(other.as_bytes()).await;
        assert_eq!(raw.final_status().await, Some(415));
    })
    .await;
    assert_eq!(finished.records.len(), 1, "none of them became a call");
}

#[tokio::test]
async fn rtp_from_a_stranger_is_dropped_and_counted() {
    let ports = 41_000..=41_007;
    let bench =
        Bench::start(|config| config.media.ports = PortRange::new(ports.clone()).unwrap()).await;
    let (_, finished) = beside_a_call(bench, async {
        let stranger = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
        let mut packet = [0_u8; 172];
        packet[..12].copy_from_slice(&[0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1]);
        // The call needs a moment to begin; strangers are patient.
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..100 {
            pace.tick().await;
            for port in ports.clone() {
                let _ = stranger
                    .send_to(&packet, SocketAddr::new(LOOPBACK, port))
                    .await;
            }
        }
    })
    .await;
    let media = finished.records[0].media.unwrap();
    assert!(media.iter().all(|leg| leg.dropped > 0), "{media:?}");
    assert!(
        media
            .iter()
            .all(|leg| leg.packets_received == support::PACKETS),
        "{media:?}"
    );
}

#[tokio::test]
async fn a_used_up_port_range_gives_503() {
    // One call needs a pair of ports on each side.
    let bench =
        Bench::start(|config| config.media.ports = PortRange::new(42_000..=42_003).unwrap()).await;
    let proxy = bench.proxy;
    let (_, finished) = beside_a_call(bench, async {
        let raw = Raw::new(proxy).await;
        let body = format!("{SDP}m=audio 4000 RTP/AVP 8\r\n");
        let mut pace = tokio::time::interval(Duration::from_millis(200));
        let mut refused = 0;
        // By then the call beside has its ports.
        pace.tick().await;
        for number in 0..8 {
            pace.tick().await;
            let branch = format!("full{number}");
            // The number is one that nobody answers, so that the first of these cannot win for long.
            let invite = raw.request(
                "INVITE",
                UNKNOWN,
                &branch,
                "Content-Type: application/sdp\r\n",
                &body,
            );
            raw.send(invite.as_bytes()).await;
            let status = raw.final_status().await;
            raw.send(raw.request("ACK", UNKNOWN, &branch, "", "").as_bytes())
                .await;
            refused += usize::from(status == Some(503));
        }
        assert!(
            refused >= 5,
            "only {refused} of 8 were refused for want of a port"
        );
    })
    .await;
    assert!(
        finished
            .records
            .iter()
            .any(|record| record.reason == EndReason::Rejected(StatusCode::SERVICE_UNAVAILABLE))
    );
}

#[tokio::test]
async fn a_caller_whose_media_vanish_is_hung_up_on() {
    let mut bench = Bench::start(|config| config.media.timeout = 1).await;
    let raw = Raw::new(bench.proxy).await;
    let body = format!("{SDP}m=audio 4000 RTP/AVP 8\r\n");
    let invite = raw.request(
        "INVITE",
        ANSWERED,
        "vanish",
        "Content-Type: application/sdp\r\n",
        &body,
    );
    raw.send(invite.as_bytes()).await;
    let ok = raw.next("SIP/2.0 200").await;
    raw.send(raw.acknowledge(&ok, "vanish").as_bytes()).await;
    let bye = raw.next("BYE").await;
    raw.send(Raw::ok(&bye).as_bytes()).await;
    let record = timeout(Duration::from_secs(10), bench.next_record())
        .await
        .expect("both legs end");
    assert_eq!(record.reason, EndReason::MediaTimeout);
    let finished = bench.finish().await;
    assert_eq!(finished.callee.len(), 1, "the callee was hung up on too");
}
