"""A FastAPI application as its tutorial has it: OAuth2PasswordBearer, and python-jose with the shared secret. Says where it listens.

    SECRET=… ISSUER=… KEYTURN=… fastapi_application.py
"""

import os
import socket
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt

SECRET = os.environ["SECRET"]
ISSUER = os.environ["ISSUER"]

app = FastAPI()
oauth2_scheme = OAuth2PasswordBearer(tokenUrl=os.environ["KEYTURN"] + "/auth/token")


def claims_of(token: Annotated[str, Depends(oauth2_scheme)]):
    try:
        return jwt.decode(token, SECRET, algorithms=["HS256"], issuer=ISSUER)
    except JWTError as refused:
        headers = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(401, "Could not validate credentials", headers) from refused


@app.get("/tasks")
def tasks(claims: Annotated[dict, Depends(claims_of)]):
    return {"user_id": claims["sub"], "email": claims["email"], "session": claims["sid"], "claims": claims}


listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
