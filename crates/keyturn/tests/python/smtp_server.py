"""A mail server of another make, for the real binary to send to: says what came to it, one line of JSON each.

The first line is {"port": N}. Then each message is {"from", "to", "login", "protected", "message"}; one that was turned away for now is
{"deferred": address}, a recipient that was turned away for good {"refused": address}.
"""

import argparse
import asyncio
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


def say(**line):
    print(json.dumps(line), flush=True)


class Handler:
    def __init__(self, refuse, defer):
        self.refuse = refuse
        self.defer = defer

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == self.refuse:
            say(refused=address)
            return "550 5.1.1 nobody of that name"
        if self.defer > 0:
            self.defer -= 1
            say(deferred=address)
            return "451 4.3.0 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        say(
            **{"from": envelope.mail_from},
            to=envelope.rcpt_tos,
            login=session.auth_data or None,
            protected=session.ssl is not None,
            message=envelope.content.decode(),
        )
        return "250 taken"


def authenticator(login):
    user, _, password = login.partition(":")

    def check(server, session, envelope, mechanism, data):
        right = (data.login.decode(), data.password.decode()) == (user, password)
        return AuthResult(success=right, handled=True, auth_data=user if right else None)

    return check


async def main(options):
    settings = {"hostname": "localhost", "timeout": 30}
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
        settings |= {"tls_context": context, "require_starttls": True}
    if options.login:
        settings |= {
            "authenticator": authenticator(options.login),
            "auth_required": True,
            "auth_require_tls": bool(options.certificate),
        }
    handler = Handler(options.refuse, options.defer)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, **settings), "127.0.0.1", options.port)
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


arguments = argparse.ArgumentParser()
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--certificate")
arguments.add_argument("--key")
arguments.add_argument("--login", help="USER:PASSWORD")
arguments.add_argument("--refuse", help="a recipient that there is not")
arguments.add_argument("--defer", type=int, default=0, help="turn so many away for now")
asyncio.run(main(arguments.parse_args()))
