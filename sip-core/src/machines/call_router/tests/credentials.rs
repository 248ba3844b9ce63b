//! Hosts that ask who calls.

use super::*;
use crate::DigestAccount;

/// The router's agent has credentials for the provider: Alice, who has none, notices nothing, and no host
/// counts as broken for asking.
#[test]
fn a_provider_that_asks_is_answered() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut world = World::with(&OUTSIDE[..1], transport, |_| {});
        world
            .agent
            .add_account(DigestAccount::with_password("trunk", "secret").in_realm(REALM));
        world.moods(Mood::Asks, Mood::Asks);
        let numbers: Vec<String> = (0..6).map(|_| world.call()).collect();
        assert_eq!(world.attempts().len(), 6);
        assert_eq!(world.rang()[..2], [3, 3]);
        for number in &numbers {
            assert!(world.stands(number) && world.rings(number) == 1);
            world.hang_up(number);
        }
        for host in &world.hosts[..2] {
            // Each INVITE once without and once with credentials.
            let with = |invite: &&OwnedMessage| !header(invite, "Authorization").is_empty();
            let with = host.invites.iter().filter(with).count();
            assert_eq!((host.invites.len(), with), (6, 3));
        }
        world.nothing_is_left();
    }
}

/// The host that takes over asks as well.
#[test]
fn a_silent_host_is_passed_over_for_one_that_asks() {
    let mut world = World::new();
    world
        .agent
        .add_account(DigestAccount::with_password("trunk", "secret").in_realm(REALM));
    world.moods(Mood::Silent, Mood::Asks);
    let number = world.call();
    world.seconds(20);
    assert!(world.stands(&number));
    assert_eq!((world.attempts().len(), world.rings(&number)), (2, 1));
    world.hang_up(&number);
    world.nothing_is_left();
}

/// Without credentials, or with the wrong ones, the caller is told that the way is closed, not to authenticate.
#[test]
fn nobody_else_is_asked_for_our_credentials() {
    for password in [None, Some("guess")] {
        let mut world = World::new();
        if let Some(password) = password {
            world
                .agent
                .add_account(DigestAccount::with_password("trunk", password));
        }
        world.moods(Mood::Asks, Mood::Asks);
        let number = world.call();
        assert_eq!(world.refused_with(&number), Some(403));
        let refusal = world.refusal(&number).unwrap();
        assert_eq!(header(refusal, "WWW-Authenticate"), "");
        world.nothing_is_left();
    }
}

/// A host that was away is asked how it is; it asks who wants to know, and is told.
#[test]
fn a_probe_has_credentials() {
    let mut world = World::new();
    world
        .agent
        .add_account(DigestAccount::with_password("trunk", "secret").in_realm(REALM));
    world.hosts[0].mood = Mood::Silent;
    let numbers = [world.call(), world.call()];
    world.seconds(20);
    assert_ne!(world.health(0), TrunkHealth::Up);
    world.hosts[0].mood = Mood::Asks;
    world.seconds(120);
    assert_eq!(world.health(0), TrunkHealth::Up);
    let probes = world.hosts[0].heard.iter().filter_map(|event| match event {
        UserAgentEvent::Request { message, .. } => {
            Some(!header(message, "Authorization").is_empty())
        }
        _ => None,
    });
    let probes: Vec<bool> = probes.collect();
    assert!(
        probes.windows(2).any(|two| two == [false, true]),
        "{probes:?}"
    );
    for number in &numbers {
        world.hang_up(number);
    }
    world.nothing_is_left();
}
