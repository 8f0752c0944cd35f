"""Authlib's OAuth2Session signs in by password and refreshes by itself, PyJWT verifies its tokens by the public keys, a service introspects
them, and they are given up.

    SECRET=… authlib_client.py URL ISSUER PASSWORD SERVICE

Ann has an account, access tokens live shorter than Authlib's leeway, and SERVICE may introspect by its SECRET.
"""

import json
import os
import sys

import jwt
from authlib.integrations.requests_client import OAuth2Session

url, issuer, password, service_name = sys.argv[1:]
keys = jwt.PyJWKClient(f"{url}/.well-known/jwks.json")
kept = []


def keep(token, refresh_token=None, access_token=None):
    """What an application stores whenever Authlib has refreshed."""
    kept.append(token)


def verified(access_token):
    key = keys.get_signing_key_from_jwt(access_token)
    return jwt.decode(access_token, key, algorithms=["ES256"], issuer=issuer)


client = OAuth2Session(
    "any-name",
    token_endpoint=f"{url}/auth/token",
    token_endpoint_auth_method="none",
    revocation_endpoint_auth_method="none",
    update_token=keep,
)
first = client.fetch_token(grant_type="password", username="ann", password=password)
subjects = [verified(first["access_token"])["sub"]]
assert first["token_type"] == "bearer" and first["refresh_token"].startswith("ktr_"), first

generations = []
for _ in range(3):
    answer = client.get(f"{url}/auth/session", timeout=20)
    assert answer.status_code == 200, answer.text
    generations.append(answer.json()["session"]["generation"])
assert len({token["refresh_token"] for token in [first, *kept]}) == 4, "each refresh brings another token"
subjects.append(verified(client.token["access_token"])["sub"])

try:
    client.fetch_token(grant_type="password", username="ann", password="not the password")
    raise SystemExit("a wrong password was let in")
except Exception as refused:
    assert refused.error == "invalid_grant", refused

service = OAuth2Session(service_name, os.environ["SECRET"], token_endpoint_auth_method="client_secret_basic")


def introspected(token, hint):
    answer = service.introspect_token(f"{url}/auth/introspect", token=token, token_type_hint=hint)
    assert answer.status_code == 200, answer.text
    return answer.json()


live, old = client.token, first
found = introspected(live["access_token"], "access_token")
assert found["active"] and found["sub"] == subjects[0] and found["iss"] == issuer, found
# Asking about a token that was rotated says no more than that, and costs its family nothing.
assert introspected(old["refresh_token"], "refresh_token") == {"active": False}
assert introspected(live["refresh_token"], "refresh_token")["active"]

answer = client.revoke_token(f"{url}/auth/revoke", token=live["refresh_token"], token_type_hint="refresh_token")
assert answer.status_code == 200, answer.text
assert introspected(live["access_token"], "access_token") == {"active": False}
assert introspected(live["refresh_token"], "refresh_token") == {"active": False}

print(json.dumps({"verified_subjects": subjects, "generations": generations}))
