"""Verifies access tokens as applications do, without a word of ours: plain `decode` of PyJWT and python-jose.

Reads one token a line and answers one line of JSON for each: the claims, by every library that was asked, or the error.

    verify_tokens.py secret             the shared secret in SECRET, by PyJWT and python-jose
    verify_tokens.py jwks ALGORITHM URL the public keys at URL, by PyJWT's PyJWKClient, which keeps them
"""

import json
import os
import sys

import jwt
from jose import jwt as jose_jwt


def by_secret():
    secret = os.environ["SECRET"]
    return lambda token: [
        jwt.decode(token, secret, algorithms=["HS256"]),
        jose_jwt.decode(token, secret, algorithms=["HS256"]),
    ]


def by_public_keys(algorithm, url):
    client = jwt.PyJWKClient(url)

    def verify(token):
        key = client.get_signing_key_from_jwt(token)
        return [jwt.decode(token, key, algorithms=[algorithm])]

    return verify


def main(mode, *args):
    verify = {"secret": by_secret, "jwks": by_public_keys}[mode](*args)
    for line in sys.stdin:
        try:
            answer = {"claims": verify(line.strip())}
        except Exception as error:  # whatever a library says no with
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main(*sys.argv[1:])
