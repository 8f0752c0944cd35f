//! One client with one session: it signs up, signs in, refreshes and asks who it is, as an API client or as a browser would.
//!
//! **The caveat**: each client says that it comes from an address of its own (the server is told to believe the driver), since no
//! population of people shares one, and limits per address are not what is measured.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::wire::{Answer, Wire};

const PASSWORD: &str = "the lamp of the harbour 41 burns";

/// Where the tokens travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Both tokens in the body, as an API client has them.
    Body,
    /// Both in cookies, with the CSRF token, as a browser has them.
    Cookie,
}

/// A client, its connection and what it holds.
#[derive(Debug)]
pub struct Client {
    wire: Wire,
    number: usize,
    delivery: Delivery,
    account: usize,
    access: String,
    refresh: String,
    csrf: String,
    cookies: BTreeMap<String, String>,
}

impl Client {
    /// Connects; `number` names it and its address, `account` whose sessions it will have.
    pub async fn new(server: SocketAddr, delivery: Delivery, number: usize, account: usize) -> Self {
        Self {
            wire: Wire::connect(server).await.expect("the server listens"),
            number,
            delivery,
            account,
            access: String::new(),
            refresh: String::new(),
            csrf: String::new(),
            cookies: BTreeMap::new(),
        }
    }

    /// Connects as one who has this refresh token.
    pub async fn holding(server: SocketAddr, number: usize, refresh: String) -> Self {
        let client = Self::new(server, Delivery::Body, number, number).await;
        Self { refresh, ..client }
    }

    /// Creates its account, and with it a session.
    pub async fn sign_up(&mut self) {
        let status = self.start_session("/auth/signup").await;
        assert_eq!(status, 201, "sign-up");
    }

    /// Signs in; false where the server was too busy to.
    pub async fn sign_in(&mut self) -> bool {
        let status = self.start_session("/auth/signin").await;
        assert!(status == 200 || status == 503, "sign-in was answered {status}");
        status == 200
    }

    /// Exchanges the refresh token for the next.
    pub async fn refresh(&mut self) {
        let body = match self.delivery {
            Delivery::Body => format!("{{\"refresh_token\":\"{}\"}}", self.refresh),
            Delivery::Cookie => "{}".to_owned(),
        };
        let before = self.presented().to_owned();
        let status = self.post("/auth/refresh", &body).await;
        assert_eq!(status, 200, "refresh");
        assert_ne!(self.presented(), before, "the token was rotated");
    }

    /// Asks who it is.
    pub async fn check(&mut self) {
        let credential = match self.delivery {
            Delivery::Body => format!("Authorization: Bearer {}", self.access),
            Delivery::Cookie => self.cookie_header(),
        };
        let request = format!("GET /auth/session HTTP/1.1\r\nHost: keyturn\r\n{credential}\r\n\r\n");
        let answer = self.wire.ask(request.as_bytes()).await.expect("an answer");
        assert_eq!(answer.status, 200, "session check: {}", answer.body);
        assert!(answer.body.contains("\"is_authenticated\":true"), "signed in");
    }

    /// The access token that it holds.
    pub fn access(&self) -> &str {
        &self.access
    }

    /// Takes over what another client holds, to present it to another node.
    pub fn take_over(&mut self, other: &Self) {
        self.access.clone_from(&other.access);
        self.refresh.clone_from(&other.refresh);
    }

    /// Ends the session.
    pub async fn sign_out(&mut self) {
        let body = format!("{{\"refresh_token\":\"{}\"}}", self.refresh);
        assert_eq!(self.post("/auth/signout", &body).await, 204, "sign-out");
    }

    /// Whether the access token is still good, of a session that may have ended.
    pub async fn is_let_in(&mut self) -> bool {
        let access = &self.access;
        let request =
            format!("GET /auth/session HTTP/1.1\r\nHost: keyturn\r\nAuthorization: Bearer {access}\r\n\r\n");
        let answer = self.wire.ask(request.as_bytes()).await.expect("an answer");
        assert!(
            answer.status == 200 || answer.status == 401,
            "session check: {}",
            answer.body
        );
        answer.status == 200
    }

    async fn start_session(&mut self, path: &str) -> u16 {
        self.cookies.clear();
        if self.delivery == Delivery::Cookie {
            let request = "GET /auth/csrf HTTP/1.1\r\nHost: keyturn\r\nSec-Fetch-Site: same-origin\r\n\r\n";
            self.send(request.to_owned()).await;
        }
        let email = format!("person{}@bench.example", self.account);
        let body = format!("{{\"email\":\"{email}\",\"password\":\"{PASSWORD}\"}}");
        self.post(path, &body).await
    }

    async fn post(&mut self, path: &str, body: &str) -> u16 {
        let [_, a, b, c] = u32::try_from(self.number).expect("few clients").to_be_bytes();
        let browser = match self.delivery {
            Delivery::Body => String::new(),
            Delivery::Cookie => format!(
                "Sec-Fetch-Site: same-origin\r\nX-CSRF-Token: {}\r\n{}\r\n",
                self.csrf,
                self.cookie_header()
            ),
        };
        let length = body.len();
        self.send(format!(
            "POST {path} HTTP/1.1\r\nHost: keyturn\r\nX-Forwarded-For: 10.{a}.{b}.{c}\r\n{browser}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await
    }

    /// Asks and keeps what the answer brings.
    async fn send(&mut self, request: String) -> u16 {
        let answer = self.wire.ask(request.as_bytes()).await.expect("an answer");
        let took = |name| answer.field(name).map(str::to_owned);
        if let Some(access) = took("access_token") {
            self.access = access;
        }
        if let Some(refresh) = took("refresh_token") {
            self.refresh = refresh;
        }
        if self.delivery == Delivery::Cookie {
            keep_cookies(&answer, &mut self.cookies);
            if let Some(csrf) = answer.headers("x-csrf-token").next() {
                self.csrf = csrf.to_owned();
            }
        }
        answer.status
    }

    fn presented(&self) -> &str {
        match self.delivery {
            Delivery::Body => &self.refresh,
            Delivery::Cookie => &self.cookies["__Host-keyturn_refresh"],
        }
    }

    fn cookie_header(&self) -> String {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("Cookie: {}", pairs.join("; "))
    }
}

fn keep_cookies(answer: &Answer<'_>, cookies: &mut BTreeMap<String, String>) {
    for line in answer.headers("set-cookie") {
        let pair = line.split(';').next().and_then(|pair| pair.split_once('='));
        if let Some((name, value)) = pair {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
