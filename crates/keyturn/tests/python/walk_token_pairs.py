"""Walks the sequence diagram of the token-pair document to its end with `requests`, in JSON and as forms.

    walk_token_pairs.py URL OPS_URL PASSWORD      Ann has an account, time is moved at OPS_URL
"""

import sys

import requests

url, ops, password = sys.argv[1:]


def advance(by):
    requests.post(f"{ops}/test/clock", json={"advance": by}, timeout=20).raise_for_status()


def walk(encoding):
    http = requests.Session()

    def post(path, **fields):
        return http.post(url + path, timeout=20, **{encoding: fields})

    def resource(token):
        return http.get(f"{url}/auth/sessions", headers={"Authorization": f"Bearer {token}"}, timeout=20)

    # POST /login, invalid: an error.
    assert post("/login", username="ann", password="not the password").status_code == 401

    # POST /login: both tokens, and the log-in is stored as a session.
    answer = post("/login", username="ann", password=password)
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    answer = resource(pair["access_token"])
    assert answer.status_code == 200, answer.text
    assert any(session["current"] for session in answer.json()["items"])

    # The access token expires after 30 minutes: 401.
    advance("29m 59s")
    assert resource(pair["access_token"]).status_code == 200
    advance("1s")
    answer = resource(pair["access_token"])
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] == "token-expired"

    # POST /generateTokens: a new pair, and the resource is served again.
    answer = post("/generateTokens", refresh_token=pair["refresh_token"])
    assert answer.status_code == 200, answer.text
    new_pair = answer.json()
    assert new_pair["new_refresh_token"] != pair["refresh_token"]
    assert resource(new_pair["new_access_token"]).status_code == 200

    # The refresh token expires after 60 minutes: 403, and the person logs in again.
    advance("60m")
    answer = post("/refresh", refresh_token=new_pair["new_refresh_token"])
    assert answer.status_code == 403, answer.text
    assert answer.json()["reason"] == "idle"
    answer = post("/login", username="ann", password=password)
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    assert resource(pair["access_token"]).status_code == 200

    # "Invalidate old": whoever uses a token a second time loses the whole family; no token of ours is answered 401.
    new_pair = post("/generateTokens", refresh_token=pair["refresh_token"]).json()
    answer = post("/generateTokens", refresh_token=pair["refresh_token"])
    assert (answer.status_code, answer.json()["reason"]) == (403, "token_reuse"), answer.text
    assert post("/refresh", refresh_token=new_pair["new_refresh_token"]).status_code == 403
    assert post("/refresh", refresh_token="nobody's").status_code == 401


walk("json")
print("json: walked")
walk("data")
print("form: walked")
