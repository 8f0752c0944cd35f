"""A Flask application that takes Keyturn's access tokens by Flask-JWT-Extended and the shared secret. Says where it listens.

    SECRET=… ISSUER=… flask_application.py
"""

import logging
import os

from flask import Flask
from flask_jwt_extended import JWTManager, get_jwt, get_jwt_identity, jwt_required
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["SECRET"]
app.config["JWT_DECODE_ISSUER"] = os.environ["ISSUER"]
JWTManager(app)


@app.get("/tasks")
@jwt_required()
def tasks():
    claims = get_jwt()
    return {"user_id": get_jwt_identity(), "email": claims["email"], "session": claims["sid"], "claims": claims}


server = make_server("127.0.0.1", 0, app)
print(f"http://127.0.0.1:{server.port}", flush=True)
server.serve_forever()
