//! The list of all typed headers, for tests and examples that do the same with each.

/// Calls a macro with its arguments and the list of all typed headers.
macro_rules! every_header {
    ($then:ident!($($argument:tt)*)) => {
        $then! {
            $($argument)*
            Accept AcceptContact AcceptEncoding AcceptLanguage AcceptResourcePriority AlertInfo Allow
            AllowEvents AnswerMode AuthenticationInfo Authorization CSeq CallId CallInfo Contact
            ContentDisposition ContentEncoding ContentId ContentLanguage ContentLength
            ContentTransferEncoding ContentType Date Diversion ErrorInfo Event Expires FeatureCaps
            FlowTimer From Geolocation GeolocationError GeolocationRouting HistoryInfo Identity InReplyTo
            InfoPackage Join MaxBreadth MaxForwards MimeVersion MinExpires MinSe Organization
            PAccessNetworkInfo PAssertedIdentity PAssertedService PAssociatedUri PCalledPartyId
            PChargingFunctionAddresses PChargingVector PEarlyMedia PPreferredIdentity PPreferredService
            PVisitedNetworkId Path Priority Privacy PrivAnswerMode ProxyAuthenticate
            ProxyAuthenticationInfo ProxyAuthorization ProxyRequire RAck RSeq Reason RecordRoute RecvInfo
            ReferSub ReferTo ReferredBy RejectContact RemotePartyId Replaces ReplyTo RequestDisposition
            Require ResourcePriority RetryAfter Route SecurityClient SecurityServer SecurityVerify Server
            ServiceRoute SessionExpires SessionId SipEtag SipIfMatch Subject SubscriptionState Supported
            SuppressIfMatch TargetDialog Timestamp To Unsupported UserAgent UserToUser Via Warning
            WwwAuthenticate
        }
    };
}
