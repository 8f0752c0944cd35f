//! Somebody who signs up, refreshes once and signs out: how far a kill let them come, and how they go on after the restart.

use std::sync::Arc;

use keyturn_testkit::entropy::SeededEntropy;
use tokio::sync::Semaphore;

use super::address;
use super::person::{Kind, Person};
use crate::client::Client;

/// Somebody who came by, and how far they got.
#[derive(Debug)]
pub(super) struct Visit {
    kind: Kind,
    email: String,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The sign-up was not answered.
    SigningUp,
    /// A refresh was not answered.
    SignedUp(Person),
    /// The sign-out was not answered.
    SigningOut(Person),
    SignedOut(Person),
}

/// One visit after the other. All but the last have come to their end.
pub(super) async fn visit_until_cut_off(
    kind: Kind,
    client: Client,
    random: Arc<SeededEntropy>,
    acknowledgements: Arc<Semaphore>,
) -> Vec<Visit> {
    let mut visits = Vec::new();
    loop {
        let email = address(&random);
        let stage = visit(kind, &email, &client, &random, &acknowledgements).await;
        let cut_off = !matches!(stage, Stage::SignedOut(_));
        visits.push(Visit { kind, email, stage });
        if cut_off {
            return visits;
        }
    }
}

/// One that nothing cuts off, so that at least one sign-out is acknowledged before the first kill, however slow the machine.
pub(super) async fn whole_visit(client: &Client, random: &SeededEntropy) -> String {
    let email = address(random);
    let stage = visit(Kind::Api, &email, client, random, &Semaphore::new(0)).await;
    assert!(matches!(stage, Stage::SignedOut(_)));
    email
}

async fn visit(
    kind: Kind,
    email: &str,
    client: &Client,
    random: &SeededEntropy,
    acknowledgements: &Semaphore,
) -> Stage {
    let Ok(mut person) = Person::sign_up(client, kind, email).await else {
        return Stage::SigningUp;
    };
    acknowledgements.add_permits(1);
    if person.refresh(client, random).await.is_err() {
        return Stage::SignedUp(person);
    }
    acknowledgements.add_permits(1);
    if person.sign_out(client).await.is_err() {
        return Stage::SigningOut(person);
    }
    acknowledgements.add_permits(1);
    Stage::SignedOut(person)
}

impl Visit {
    /// After the restart: takes up what was cut off, as an honest client does. Answers the email.
    pub(super) async fn check(self, client: &Client, random: &SeededEntropy) -> String {
        match self.stage {
            Stage::SigningUp => {
                let (answer, _) = Person::enter(client, self.kind, "/auth/signup", &self.email)
                    .await
                    .unwrap();
                assert!([201, 409].contains(&answer.status), "{}", answer.text);
            }
            Stage::SignedUp(mut person) => person.is_still_signed_in(client, random).await,
            Stage::SigningOut(person) => {
                person.sign_out(client).await.unwrap();
                person.is_signed_out(client).await;
            }
            Stage::SignedOut(person) => person.is_signed_out(client).await,
        }
        let again = Person::sign_in(client, self.kind, &self.email).await.unwrap();
        assert_eq!(again.session(client).await.field("email"), self.email);
        self.email
    }
}
