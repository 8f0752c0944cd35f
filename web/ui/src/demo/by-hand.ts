/**
 * Each act as one would play it in a terminal: what to paste into a shell.
 *
 * The rule: each runs as it stands, signs in first, and keeps what is secret in files of cookies. Only the demo's password is written out, which
 * is shown anyway.
 */
import type { ActName } from "./acts/index.ts";

const REFRESH = "ask ann.cookies $K/auth/refresh -X POST";

const LINES: Readonly<Record<ActName, string>> = {
  expire: `ten() { for n in 1 2 3 4 5 6 7 8 9 10; do curl -sS -o /dev/null -w '%{http_code} ' -b ann.cookies $K/auth/account; done; echo; }
move 31m
ten                                      # refused ten times: the access token has expired
${REFRESH} -o /dev/null
ten                                      # answered ten times`,
  "lost-reply": `curl -sS -X POST $K/demo/lost-reply
${REFRESH} -o /dev/null   # carried out; the reply is lost
${REFRESH} | grep -o '"generation":[0-9]*'   # moved on once`,
  race: `cp ann.cookies one.cookies
cp ann.cookies other.cookies
ask one.cookies $K/auth/refresh -X POST -o /dev/null & ask other.cookies $K/auth/refresh -X POST -o /dev/null & wait
grep -h keyturn_refresh one.cookies other.cookies | cut -f 7 | sort -u | wc -l   # 1 successor`,
  phone: `PHONE=$(curl -sS -X POST $K/demo/phone/signin | sed 's/.*"session_id":"\\([^"]*\\)".*/\\1/')
curl -sS -X POST $K/demo/phone/call; echo
ask ann.cookies $K/auth/sessions/$PHONE -X DELETE
curl -sS -X POST $K/demo/phone/call -w '\\n%{time_total} s\\n'   # refused`,
  lunch: `move 60m
${REFRESH}   # session-ended, idle`,
  thief: `grep keyturn_refresh ann.cookies > thief.cookies   # the token alone, without the device cookie
ask thief.cookies $K/auth/refresh -X POST          # session-ended, token_reuse
curl -sS -b ann.cookies $K/auth/session            # and Ann is told the same`,
};

/** For the server at this address and this person. */
export function byHand(act: ActName, address: string, { email, password }: { email: string; password: string }): string {
  return `K=${address}
csrf() { curl -sS $K/auth/csrf -b $1 -c $1 | sed 's/.*"csrf_token":"\\([^"]*\\)".*/\\1/'; }
ask() { curl -sS -b $1 -c $1 -H "origin: $K" -H "x-csrf-token: $(csrf $1)" -H 'content-type: application/json' "\${@:2}"; echo; }
move() { curl -sS $K/demo/clock -H 'content-type: application/json' -d '{"advance":"'$1'"}'; echo; }
ask ann.cookies $K/auth/signin -o /dev/null -d '${JSON.stringify({ email, password })}'

${LINES[act]}`;
}
