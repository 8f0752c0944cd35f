//! `GET /problems/{code}`.

use keyturn_http::ProblemCode;

use crate::harness::Server;

#[tokio::test]
async fn the_type_of_a_problem_leads_to_what_it_means() {
    let server = Server::new();
    let anonymous = server.anonymous();
    let refused = anonymous.get("/auth/sessions").await.expect_status(401);
    let leads_to = refused.body["type"].as_str().unwrap();
    assert_eq!(leads_to, "/problems/credentials-missing");
    let page = anonymous.get(leads_to).await.expect_status(200);
    assert_eq!(page.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(
        page.text,
        "credentials-missing: Sign in first (status 401)\n\n\
         A protected route was asked without any credential.\n\n\
         What to do: Ask the person to sign in.\n"
    );
}

#[tokio::test]
async fn every_code_has_its_page_and_nothing_else_has_one() {
    let server = Server::new();
    for code in ProblemCode::ALL {
        let page = server
            .anonymous()
            .get(&format!("/problems/{}", code.as_str()))
            .await
            .expect_status(200);
        assert!(page.text.contains(code.advice()), "{code:?}");
    }
    for stranger in ["nothing-of-ours", "Internal", "internal%00", "%ff"] {
        let path = format!("/problems/{stranger}");
        server.anonymous().get(&path).await.expect_status(404);
    }
}
