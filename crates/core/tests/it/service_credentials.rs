//! Services: names, scopes and secrets, and what becomes of who presents one.

use std::sync::Arc;

use futures::executor::block_on;
use jiff::SignedDuration;
use keyturn_core::credential::ServiceSecret;
use keyturn_core::model::{Origin, Service, ServiceName, ServiceScope, ServiceScopes};
use keyturn_core::ports::Clock;
use keyturn_core::service::{
    AuthError, Authority, Live, Policy, Ports, PresentedService, ServiceFault, Services, TokenPolicy,
};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, World};
use keyturn_testkit::mem_store::MemStore;

use crate::policy::policy;

#[test]
fn a_name_reads_the_same_wherever_it_is_written() {
    for (text, is_name) in [
        ("api", true),
        ("billing-2.example_org", true),
        (&"a".repeat(64), true),
        (&"a".repeat(65), false),
        ("", false),
        ("Api", false),
        ("a b", false),
        ("a:b", false),
        ("a%62", false),
        ("a+b", false),
        ("caf\u{e9}", false),
    ] {
        assert_eq!(text.parse::<ServiceName>().is_ok(), is_name, "{text}");
    }
}

#[test]
fn scopes_are_a_set_and_unknown_ones_are_refused() {
    for (text, read) in [
        ("introspect", Some("introspect")),
        ("session:start introspect", Some("introspect session:start")),
        ("introspect  introspect", Some("introspect")),
        ("", Some("")),
        ("introspect admin", None),
        ("INTROSPECT", None),
    ] {
        let scopes = text.parse::<ServiceScopes>().ok();
        assert_eq!(scopes.map(|scopes| scopes.to_string()).as_deref(), read, "{text}");
    }
}

#[test]
fn a_secret_has_one_spelling() {
    let secret = ServiceSecret::generate(&SeededEntropy::new(1));
    let text = secret.reveal();
    assert_eq!(ServiceSecret::parse(&text).unwrap().hash(), secret.hash());
    let bare = text.strip_prefix("kts_").unwrap();
    let last = bare.chars().last().unwrap();
    // 43 digits carry 258 bits: the last two are zero, and nothing else.
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    for (why, other) in [
        ("nothing", String::new()),
        ("no prefix", bare.to_owned()),
        ("another prefix", format!("ktr_{bare}")),
        ("shorter", text[..text.len() - 1].to_owned()),
        ("longer", format!("{}A", *text)),
        ("padded", format!("{}=", *text)),
        ("bits to spare", format!("{}{next}", &text[..text.len() - 1])),
        ("white space", format!("{} ", *text)),
    ] {
        assert!(ServiceSecret::parse(&other).is_err(), "{why}");
    }
}

#[test]
fn secrets_are_random_and_do_not_show() {
    let entropy = SeededEntropy::new(1);
    let (one, two) = (
        ServiceSecret::generate(&entropy),
        ServiceSecret::generate(&entropy),
    );
    assert_ne!(one.hash(), two.hash());
    assert_eq!(format!("{one:?}"), "ServiceSecret(…)");
}

struct Desk {
    store: Arc<MemStore>,
    clock: Arc<ManualClock>,
    authority: Authority,
}

impl Desk {
    fn new() -> Self {
        let (store, clock) = (Arc::new(MemStore::new()), Arc::new(ManualClock::new()));
        let ports = Ports {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(1)),
            hasher: Arc::new(TinyHasher::new(1)),
        };
        let mailed = Policy {
            token: TokenPolicy {
                email_claim: true,
                ..policy().token
            },
            ..policy()
        };
        let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
        let keys = World::new(1).keys;
        let authority = Authority::new(ports, live, mailed, keys).unwrap();
        Self {
            store,
            clock,
            authority,
        }
    }

    /// Adds a service that may do this; answers its secret.
    fn add(&self, name: &str, scope: ServiceScope) -> Result<String, ServiceFault> {
        let entropy = SeededEntropy::new(name.len() as u64);
        let services = Services::new(&*self.store, &entropy);
        let (name, scopes) = (name.parse().unwrap(), [scope].into_iter().collect());
        let adding = services.add(name, scopes, &Origin::COMMAND_LINE, self.clock.now());
        block_on(adding).map(|(_, secret)| secret.reveal().to_string())
    }

    fn remove(&self, name: &str) -> Result<(), ServiceFault> {
        let entropy = SeededEntropy::new(1);
        let services = Services::new(&*self.store, &entropy);
        block_on(services.remove(name.parse().unwrap(), &Origin::COMMAND_LINE, self.clock.now()))
    }

    fn authenticate(&self, name: Option<&str>, secret: &str) -> Result<Service, AuthError> {
        let presented = PresentedService {
            name,
            secret,
            origin: &Origin::request(None, None),
        };
        let scope = ServiceScope::Introspect;
        block_on(self.authority.authenticate_service(&presented, scope))
    }
}

#[test]
fn a_service_is_who_has_its_secret_and_may_do_what_its_scopes_say() {
    let desk = Desk::new();
    let api = desk.add("api", ServiceScope::Introspect).unwrap();
    let starter = desk.add("starter", ServiceScope::SessionStart).unwrap();
    let stranger = ServiceSecret::generate(&SeededEntropy::new(99))
        .reveal()
        .to_string();
    for (who, name, secret, expected) in [
        ("by its secret alone", None, &api, "api"),
        ("by name and secret", Some("api"), &api, "api"),
        ("by another's name", Some("starter"), &api, "unknown"),
        ("by no one's name", Some("nobody"), &api, "unknown"),
        ("by a name that is none", Some("Api"), &api, "unknown"),
        ("by an empty name", Some(""), &api, "unknown"),
        ("another scope", Some("starter"), &starter, "scope missing"),
        (
            "another scope, by another's name",
            Some("api"),
            &starter,
            "unknown",
        ),
        ("a stranger's secret", Some("api"), &stranger, "unknown"),
        ("no secret", Some("api"), &String::new(), "unknown"),
        (
            "a password",
            Some("api"),
            &"a long and quiet phrase".to_owned(),
            "unknown",
        ),
    ] {
        let found = match desk.authenticate(name, secret) {
            Ok(service) => service.name.to_string(),
            Err(AuthError::ServiceUnknown) => "unknown".to_owned(),
            Err(AuthError::ScopeMissing(ServiceScope::Introspect)) => "scope missing".to_owned(),
            Err(other) => panic!("{who}: {other}"),
        };
        assert_eq!(found, expected, "{who}");
    }
}

#[test]
fn a_removed_service_is_refused_at_once_and_its_name_is_free_for_another_secret() {
    let desk = Desk::new();
    let first = desk.add("api", ServiceScope::Introspect).unwrap();
    let taken = desk.add("api", ServiceScope::SessionStart).unwrap_err();
    assert!(matches!(taken, ServiceFault::Taken { .. }), "{taken}");
    assert!(desk.authenticate(None, &first).is_ok());
    desk.remove("api").unwrap();
    assert!(matches!(
        desk.authenticate(None, &first),
        Err(AuthError::ServiceUnknown)
    ));
    let gone = desk.remove("api").unwrap_err();
    assert!(matches!(gone, ServiceFault::Unknown { .. }), "{gone}");
    desk.add("api", ServiceScope::Introspect).unwrap();
}

#[test]
fn storage_that_is_down_knows_no_service_and_denies_none() {
    let desk = Desk::new();
    let api = desk.add("api", ServiceScope::Introspect).unwrap();
    desk.store.set_down(true);
    assert!(matches!(desk.authenticate(None, &api), Err(AuthError::Store(_))));
}
