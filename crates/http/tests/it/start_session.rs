//! `POST /admin/users/{id}/sessions` and `POST /auth/signin/code`: a session for a person authenticated elsewhere.
