"""A FastAPI application behind Keyturn: it keeps its users' integer ids and its own tables, and signs nobody in itself.

    KEYTURN_URL=http://localhost:8080 JWT_SECRET=… uvicorn main:app
"""

import os
import sqlite3
from dataclasses import dataclass
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, Field

KEYTURN_URL = os.environ.get("KEYTURN_URL", "http://localhost:8080").rstrip("/")
# `iss` of the tokens: Keyturn's `jwt.issuer`, or its `http.public_url`.
ISSUER = os.environ.get("ISSUER", KEYTURN_URL)
# Keyturn's `jwt.secret`. Whoever has it can sign tokens for this application: keep it as you keep a password.
SECRET = os.environ["JWT_SECRET"]

app = FastAPI(title="Items")
# Where `/docs` and other clients of the OAuth2 password form sign in.
oauth2_scheme = OAuth2PasswordBearer(tokenUrl=f"{KEYTURN_URL}/auth/token")


@dataclass(frozen=True)
class CurrentUser:
    """Who asks, as the access token says."""

    id: int
    email: str | None
    session: str


def refused(code: str) -> HTTPException:
    """A 401 that says whether a refresh can help: `token-expired`, or `token-unknown`."""
    challenge = f'Bearer error="invalid_token", error_description="{code}"'
    return HTTPException(401, {"code": code}, {"WWW-Authenticate": challenge})


def claims_of(token: Annotated[str, Depends(oauth2_scheme)]) -> dict:
    """The claims of a token that Keyturn has signed and whose time is not over."""
    try:
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise refused("token-unknown")
        required = {"require": ["exp", "iat", "sub", "sid", "jti"]}
        return jwt.decode(token, SECRET, algorithms=["HS256"], issuer=ISSUER, options=required)
    except jwt.ExpiredSignatureError as error:
        raise refused("token-expired") from error
    except jwt.InvalidTokenError as error:
        raise refused("token-unknown") from error


def live_claims(claims: Annotated[dict, Depends(claims_of)]) -> dict:
    """The place to ask whether the session still lives; the README has two ways. As it is, a session that ended is let in until its token expires."""
    return claims


def current_user(claims: Annotated[dict, Depends(live_claims)]) -> CurrentUser:
    """The user, by the id that this application has always had for them."""
    try:
        user_id = int(claims["sub"])
    except ValueError as error:
        # Somebody who signed up at Keyturn itself has a UUID there; this application knows integers alone.
        raise HTTPException(403, {"code": "not-a-user-of-this-application"}) from error
    return CurrentUser(user_id, claims.get("email"), claims["sid"])


User = Annotated[CurrentUser, Depends(current_user)]


class NewItem(BaseModel):
    """An item to be kept."""

    name: str = Field(min_length=1, max_length=200)


class Item(NewItem):
    """An item of somebody's."""

    id: int
    owner_id: int


database = sqlite3.connect(os.environ.get("DATABASE", "items.db"), check_same_thread=False)
database.execute("CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL, name TEXT NOT NULL)")


@app.get("/users/me")
def me(user: User) -> CurrentUser:
    return user


@app.get("/items")
async def items(user: User) -> list[Item]:
    rows = database.execute("SELECT id, owner_id, name FROM items WHERE owner_id = ? ORDER BY id", (user.id,))
    return [Item(id=row[0], owner_id=row[1], name=row[2]) for row in rows]


@app.post("/items", status_code=201)
async def add_item(item: NewItem, user: User) -> Item:
    with database:
        added = database.execute("INSERT INTO items (owner_id, name) VALUES (?, ?)", (user.id, item.name))
    return Item(id=added.lastrowid, owner_id=user.id, name=item.name)
