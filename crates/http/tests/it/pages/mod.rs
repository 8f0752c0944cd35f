//! The pages for people without script, as a browser without script uses them.

mod account;
mod email;
mod mailed_links;
mod own_account;
mod renewal;
mod sign_in;
mod sign_up;
mod walls;

use keyturn_http::{EdgeSettings, PagesSettings};

use crate::harness::{Browser, EMAIL, PASSWORD, settings};

/// Signs Ann in by the page.
async fn sign_in(browser: &Browser) {
    let fields = [("identifier", EMAIL), ("password", PASSWORD)];
    browser
        .post_page("/signin", &fields)
        .await
        .expect_redirect("/account");
}

fn with_pages(pages: PagesSettings) -> EdgeSettings {
    EdgeSettings { pages, ..settings() }
}
