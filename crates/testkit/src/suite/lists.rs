//! Lists, page by page.

use keyturn_core::model::{AccountState, AuditKind, EndReason, Session, UserId};
use keyturn_core::ports::{EndOutcome, Page, SessionFilter, UserFilter};

use super::Subject;

/// Every session once, newest first, whatever the size of a page; of one account or of all.
pub async fn r5_1_sessions_are_listed_newest_first_page_by_page(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let mut of_ann = Vec::new();
    let mut of_all = Vec::new();
    for _ in 0..5 {
        subject.world.pass(1);
        of_ann.push(subject.sign_in(&ann).await);
        subject.world.pass(1);
        of_all.push(of_ann.last().unwrap().clone());
        of_all.push(subject.sign_in(&bob).await);
    }
    of_ann.reverse();
    of_all.reverse();
    for limit in [1, 2, 5, 6, 100] {
        assert_eq!(paged(subject, Some(ann.id), limit).await, of_ann);
        assert_eq!(paged(subject, None, limit).await, of_all);
    }
    let none = Page {
        before: None,
        limit: 0,
    };
    assert_eq!(
        subject
            .store
            .list_sessions(None, SessionFilter::All, none)
            .await
            .unwrap(),
        []
    );
    let nobody = subject.world.new_user("nobody").id;
    assert_eq!(paged(subject, Some(nobody), 10).await, []);
}

/// A list of live sessions lacks those recorded as ended; the full list has them with their account.
pub async fn ended_sessions_are_listed_on_request(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (gone, live) = (subject.sign_in(&account).await, subject.sign_in(&account).await);
    let end = subject.world.ending(&gone, EndReason::SignedOut);
    assert_eq!(
        subject.store.end_session(end, subject.world.now()).await.unwrap(),
        EndOutcome::Ended
    );
    let page = Page {
        before: None,
        limit: 10,
    };
    let listed = subject
        .store
        .list_sessions(Some(account.id), SessionFilter::Live, page)
        .await
        .unwrap();
    assert_eq!(listed, [subject.family(live.id).await]);
    let mut all = subject
        .store
        .list_sessions(Some(account.id), SessionFilter::All, page)
        .await
        .unwrap();
    all.sort_by_key(|family| family.session.id != gone.id);
    assert_eq!(
        all,
        [subject.family(gone.id).await, subject.family(live.id).await]
    );
}

/// By state and as a whole.
pub async fn accounts_are_listed_newest_first_page_by_page(subject: &Subject) {
    let mut all = Vec::new();
    for (name, state) in [
        ("ann", AccountState::Active),
        ("bob", AccountState::Suspended),
        ("cy", AccountState::Active),
        ("di", AccountState::Pending),
    ] {
        subject.world.pass(1);
        let mut new = subject.world.new_user(name);
        new.state = state;
        all.insert(0, new.id);
        subject.store.create_user(new, subject.world.now()).await.unwrap();
    }
    for limit in [1, 3, 4, 50] {
        let mut listed = Vec::new();
        let mut page = Page { before: None, limit };
        loop {
            let users = subject
                .store
                .list_users(&UserFilter::default(), page)
                .await
                .unwrap();
            let Some(last) = users.last() else { break };
            assert!(users.len() <= usize::try_from(limit).unwrap());
            page.before = Some(last.account.id);
            listed.extend(users.iter().map(|user| user.account.id));
        }
        assert_eq!(listed, all);
    }
    let page = Page {
        before: None,
        limit: 50,
    };
    let of_state = UserFilter {
        state: Some(AccountState::Active),
        search: None,
    };
    let active = subject.store.list_users(&of_state, page).await.unwrap();
    let names: Vec<_> = active
        .iter()
        .filter_map(|user| user.account.username.as_ref())
        .map(|name| name.key())
        .collect();
    assert_eq!(names, ["cy", "ann"]);
    assert_eq!(
        active.first().cloned(),
        subject
            .store
            .find_user(active.first().unwrap().account.id)
            .await
            .unwrap()
    );
}

/// In the order in which they were written, up to the limit, and of one session only.
pub async fn audit_events_are_read_oldest_first(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let (one, two) = (subject.sign_in(&account).await, subject.sign_in(&account).await);
    let mut events = subject.store.session_audit(one.id, 100).await.unwrap();
    for kind in AuditKind::ALL {
        let event = subject.world.audit(*kind, account.id, Some(one.id));
        subject.store.record_audit(event.clone()).await.unwrap();
        subject
            .store
            .record_audit(subject.world.audit(*kind, account.id, Some(two.id)))
            .await
            .unwrap();
        subject
            .store
            .record_audit(subject.world.audit(*kind, account.id, None))
            .await
            .unwrap();
        events.push(event);
        subject.world.pass(-1);
    }
    assert_eq!(subject.store.session_audit(one.id, 100).await.unwrap(), events);
    let first: Vec<_> = events.into_iter().take(3).collect();
    assert_eq!(subject.store.session_audit(one.id, 3).await.unwrap(), first);
}

async fn paged(subject: &Subject, user_id: Option<UserId>, limit: u32) -> Vec<Session> {
    let mut listed = Vec::new();
    let mut page = Page { before: None, limit };
    loop {
        let families = subject
            .store
            .list_sessions(user_id, SessionFilter::All, page)
            .await
            .unwrap();
        let Some(last) = families.last() else {
            return listed;
        };
        assert!(families.len() <= usize::try_from(limit).unwrap());
        page.before = Some(last.session.id);
        listed.extend(families.into_iter().map(|family| family.session));
    }
}
