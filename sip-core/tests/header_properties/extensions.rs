//! The headers of extensions.

use proptest::prelude::*;
use trunkline_sip_core::header::*;
use trunkline_sip_core::uri::Uri;
use trunkline_sip_core::{Param, ParamValue, Params, QuotedString};

use super::parts::parts;
use crate::round_trip;

fn index() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[0-9]{1,6}(\\.[0-9]{1,9}){0,4}")
}

proptest! {
    #[test]
    fn parties(parts in parts()) {
        let address = parts.address();
        round_trip!(ReplyTo, ReplyTo { address });
        round_trip!(PCalledPartyId, PCalledPartyId { address });
        let diversion = Diversion {
            address,
            reason: parts.value(0),
            counter: parts.number(0),
            limit: parts.number(1),
            privacy: parts.value(1),
            screen: parts.value(2),
        };
        round_trip!(Diversion, diversion, address);
        let party = RemotePartyId {
            address,
            party: parts.value(0),
            id_type: parts.value(1),
            privacy: parts.value(2),
            screen: parts.value(3),
        };
        round_trip!(RemotePartyId, party, address);
        let kinds = parts.tokens.join(";");
        round_trip!(Privacy, Privacy::new(&kinds).expect("tokens"));
        let service = format!("urn:urn-7:{}x", parts.tokens[0].replace(['%', '`'], "."));
        if let Ok(Uri::Urn(urn)) = Uri::parse(&service) {
            round_trip!(PAssertedService, PAssertedService(urn));
            round_trip!(PPreferredService, PPreferredService(urn));
        }
    }

    #[test]
    fn transfers(parts in parts()) {
        let (address, params) = (parts.address(), parts.params());
        round_trip!(ReferTo, ReferTo { address });
        let cid = parts.flags[1].then_some(QuotedString::new(&parts.texts[1]));
        round_trip!(ReferredBy, ReferredBy { address, cid }, address);
        round_trip!(ReferSub, ReferSub { subscribe: parts.flags[0], params });
        let word = parts.call_id.replace(';', "x");
        let [first, second, _] = parts.tokens.each_ref().map(String::as_str);
        let call_id = CallId(&word);
        let replaces = Replaces { call_id, to_tag: first, from_tag: second, early_only: parts.flags[0], params };
        round_trip!(Replaces, replaces, params);
        round_trip!(Join, Join { call_id, to_tag: first, from_tag: second, params }, params);
        round_trip!(TargetDialog, TargetDialog { call_id, remote_tag: first, local_tag: second, params }, params);
    }

    #[test]
    fn networks(parts in parts()) {
        let ([name, kind, _], params) = (&parts.tokens, parts.params());
        let access = PAccessNetworkInfo {
            access: name,
            cgi_3gpp: parts.value(0),
            utran_cell_id_3gpp: parts.value(1),
            params,
        };
        round_trip!(PAccessNetworkInfo, access, params);
        let value = parts.value(2).unwrap_or(ParamValue::Token(kind));
        round_trip!(PVisitedNetworkId, PVisitedNetworkId { network: value, params });
        let vector = PChargingVector {
            icid: value,
            generated_at: parts.value(0),
            orig_ioi: parts.value(1),
            term_ioi: parts.value(3),
            params,
        };
        round_trip!(PChargingVector, vector, params);
        let first = Param { name, value: Some(value) };
        round_trip!(PChargingFunctionAddresses, PChargingFunctionAddresses { first, others: params });
        round_trip!(SecurityClient, SecurityClient { mechanism: name, q: parts.q(), params }, params);
        round_trip!(SecurityServer, SecurityServer { mechanism: name, q: parts.q(), params }, params);
        round_trip!(SecurityVerify, SecurityVerify { mechanism: name, q: parts.q(), params }, params);
        let capability = format!(";+{name}=\"{kind}\"");
        let params = Params::parse(capability.as_bytes()).expect("a parameter");
        round_trip!(FeatureCaps, FeatureCaps { params });
    }

    #[test]
    fn history(parts in parts(), indexes in [index(), index(), index(), index()]) {
        let [index, rc, mp, np] = indexes
            .each_ref()
            .map(|text| text.as_deref().map(|text| HistoryIndex::parse(text).expect("an index")));
        let entry = HistoryInfo { address: parts.address(), index, rc, mp, np };
        round_trip!(HistoryInfo, entry, address);
        if let (Some(index), Some(other)) = (index, rc) {
            prop_assert_eq!(index == other, index.cmp(&other).is_eq());
            let child = format!("{}.{}", index.as_str(), 7);
            let child = HistoryIndex::parse(&child).expect("an index");
            prop_assert!(index.is_parent_of(&child) && index < child);
        }
    }

    #[test]
    fn locations_and_sessions(parts in parts(), local: [u8; 16], remote: Option<[u8; 16]>, code in 0..1000u16) {
        let params = parts.params();
        round_trip!(Geolocation, Geolocation { uri: parts.uri(), params });
        let text = parts.flags[0].then_some(QuotedString::new(&parts.texts[0]));
        round_trip!(GeolocationError, GeolocationError { error: code, code: text, params }, params);
        let session = SessionId { local: SessionUuid(local), remote: remote.map(SessionUuid), params };
        round_trip!(SessionId, session, params);
        let data = parts.value(0).unwrap_or(ParamValue::Token("00"));
        let uui = UserToUser { data, purpose: parts.word(1), content: parts.word(2), encoding: parts.word(3), params };
        round_trip!(UserToUser, uui, params);
        let id = format!("{}@{}", parts.tokens[0], parts.tokens[1]);
        round_trip!(ContentId, ContentId(&id));
        let ([mode, ..], require) = (&parts.tokens, parts.flags[1]);
        round_trip!(AnswerMode, AnswerMode { mode, require, params }, params);
        round_trip!(PrivAnswerMode, PrivAnswerMode { mode, require, params }, params);
    }

    #[test]
    fn identities(parts in parts(), token in "([A-Za-z0-9_-]{0,12}\\.){2}[A-Za-z0-9_-]{1,12}") {
        let identity = Identity {
            token: &token,
            info: parts.uri(),
            algorithm: parts.value(0),
            extension: parts.value(1),
            params: parts.params(),
        };
        round_trip!(Identity, identity, params);
    }

    #[test]
    fn preferences(parts in parts(), low in -10_000i64..10_000, high in 0i64..10_000) {
        let features = format!(
            ";+sip.{}=\"t{},!x\";+sip.n=\"#{low}:{}\";audio;video=\"FALSE\"",
            parts.tokens[0], parts.tokens[1], low + high,
        );
        let params = Params::parse(features.as_bytes()).expect("parameters");
        let wish = AcceptContact { require: parts.flags[0], explicit: parts.flags[1], params };
        round_trip!(AcceptContact, wish, params);
        round_trip!(RejectContact, RejectContact { params });
        prop_assert_eq!(wish.features().count(), 4);
        // Who says all of it, and just that, is the first choice, and is whom one can reject.
        let contact = format!("<sip:a@h>{features}");
        let contact = Contact::parse(contact.as_bytes()).expect("a Contact");
        let contact = contact.address().expect("an address");
        prop_assert_eq!(wish.rate(contact), Preference::Score(Q::MAX));
        prop_assert!(RejectContact::new(params).rejects(contact));
    }
}
