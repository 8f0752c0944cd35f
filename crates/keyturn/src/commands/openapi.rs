//! `keyturn openapi`: the HTTP interface as a document; `web/openapi.json` is its snapshot.

use super::output;
use crate::failure::Failure;

pub(super) fn run() -> Result<(), Failure> {
    output::print_json(&keyturn_http::openapi_with(Some(keyturn_tasks::openapi())))
}
