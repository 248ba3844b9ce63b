//! The headers of RFC 3261 and of those RFCs that came soon after it.

use proptest::prelude::*;
use trunkline_sip_core::header::*;
use trunkline_sip_core::{Host, Method, QuotedString, Transport};

use super::parts::parts;
use crate::round_trip;

/// Text as it may stand in a header field: without white space at its ends.
fn line() -> impl Strategy<Value = String> {
    "[^\u{0}\r\n]{0,24}".prop_map(|text| text.trim().to_string())
}

proptest! {
    #[test]
    fn addresses(parts in parts()) {
        let address = parts.address();
        round_trip!(From, From { address, tag: parts.word(1) }, address);
        round_trip!(To, To { address, tag: parts.word(2) }, address);
        let contact = ContactAddress { address, q: parts.q(), expires: parts.number(1) };
        round_trip!(Contact, Contact::Address(contact), |value, again| match (value, again.address()) {
            (Contact::Address(value), Some(again)) => Contact::Address(ContactAddress {
                address: NameAddr { params: again.address.params, ..value.address },
                ..value
            }),
            (value, _) => value,
        });
        round_trip!(Contact, Contact::Star);
        round_trip!(Route, Route { address });
        round_trip!(RecordRoute, RecordRoute { address });
        round_trip!(Path, Path { address });
        round_trip!(ServiceRoute, ServiceRoute { address });
        round_trip!(PAssertedIdentity, PAssertedIdentity { address });
        round_trip!(PPreferredIdentity, PPreferredIdentity { address });
        round_trip!(PAssociatedUri, PAssociatedUri { address });
        let (uri, params) = (address.uri, address.params);
        round_trip!(AlertInfo, AlertInfo { uri, params });
        round_trip!(CallInfo, CallInfo { uri, params });
        round_trip!(ErrorInfo, ErrorInfo { uri, params });
    }

    #[test]
    fn hops(parts in parts(), ttl: Option<u8>, port: u16, received: Option<core::net::IpAddr>) {
        let via = Via {
            version: "2.0",
            transport: Transport::new(&parts.tokens[0]),
            sent_by: parts.host_port(),
            branch: parts.word(0),
            received,
            rport: parts.flags[0].then_some(if parts.flags[1] { RPort::Requested } else { RPort::Port(port) }),
            maddr: parts.flags[2].then_some(Host::Name("maddr.example.com")),
            ttl,
            params: parts.params(),
        };
        round_trip!(Via, via, params);
    }

    #[test]
    fn transactions_and_calls(parts in parts()) {
        let [number, response_number, hops] = parts.numbers;
        let method = Method::new(&parts.tokens[0]);
        round_trip!(CSeq, CSeq { number, method });
        round_trip!(RAck, RAck { response_number, number, method });
        round_trip!(Allow, Allow(method));
        round_trip!(CallId, CallId(&parts.call_id));
        let word = parts.call_id.replace(['"', '<', ','], "x");
        round_trip!(InReplyTo, InReplyTo(CallId(&word)));
        round_trip!(MaxForwards, MaxForwards(hops as u8));
        round_trip!(MaxBreadth, MaxBreadth(hops));
        round_trip!(Expires, Expires(hops));
        round_trip!(MinExpires, MinExpires(hops));
        round_trip!(FlowTimer, FlowTimer(hops));
        round_trip!(RSeq, RSeq(hops));
        let text = QuotedString::new(&parts.texts[0]);
        round_trip!(Warning, Warning { code: 100 + (hops % 900) as u16, agent: &parts.host, text });
        let reason = Reason {
            protocol: &parts.tokens[1],
            cause: parts.flags[0].then_some(number as u16),
            text: parts.flags[1].then_some(text),
            params: parts.params(),
        };
        round_trip!(Reason, reason, params);
        let retry = RetryAfter { seconds: number, duration: parts.number(2), params: parts.params() };
        round_trip!(RetryAfter, retry, params);
        let refresher = parts.flags[0].then_some(if parts.flags[1] { Refresher::Uac } else { Refresher::Uas });
        round_trip!(SessionExpires, SessionExpires { seconds: number, refresher, params: parts.params() }, params);
        round_trip!(MinSe, MinSe { seconds: number, params: parts.params() });
    }

    #[test]
    fn words(parts in parts()) {
        let token = parts.tokens[0].as_str();
        macro_rules! each {
            ($($type:ident)*) => { $(round_trip!($type, $type(token));)* };
        }
        each! {
            Supported Require ProxyRequire Unsupported AllowEvents ContentEncoding ContentLanguage
            ContentTransferEncoding GeolocationRouting MimeVersion PEarlyMedia Priority RequestDisposition
            SipEtag SipIfMatch SuppressIfMatch
        }
        let (package, params) = (token, parts.params());
        round_trip!(InfoPackage, InfoPackage { package, params });
        round_trip!(RecvInfo, RecvInfo { package, params });
        round_trip!(Event, Event { package, id: parts.word(0), params }, params);
        let state = SubscriptionState {
            state: token,
            expires: parts.number(0),
            retry_after: parts.number(1),
            reason: parts.word(1),
            params,
        };
        round_trip!(SubscriptionState, state, params);
        let names = [&parts.tokens[1], &parts.tokens[2]].map(|part| part.replace('.', "x"));
        let [namespace, priority] = [&names[0], &names[1]];
        round_trip!(ResourcePriority, ResourcePriority { namespace, priority });
        round_trip!(AcceptResourcePriority, AcceptResourcePriority { namespace, priority });
    }

    #[test]
    fn bodies(parts in parts(), seconds in -62_167_219_200i64..253_402_300_800) {
        let ([media_type, subtype, coding], params) = (&parts.tokens, parts.params());
        round_trip!(ContentType, ContentType { media_type, subtype, params });
        round_trip!(Accept, Accept { media_type, subtype, q: parts.q(), params }, params);
        round_trip!(AcceptEncoding, AcceptEncoding { coding, q: parts.q(), params }, params);
        round_trip!(AcceptLanguage, AcceptLanguage { language: coding, q: parts.q(), params }, params);
        let disposition = ContentDisposition { disposition: coding, handling: parts.word(0), params };
        round_trip!(ContentDisposition, disposition, params);
        round_trip!(Date, Date::from_unix(seconds).expect("in range"));
    }

    #[test]
    fn texts(line in line()) {
        round_trip!(Organization, Organization(&line));
        round_trip!(Subject, Subject(&line));
        round_trip!(Server, Server(&line));
        round_trip!(UserAgent, UserAgent(&line));
        round_trip!(Timestamp, Timestamp(line.as_bytes()));
    }
}
