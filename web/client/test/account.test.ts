/**
 * The entries for account and sessions: requests as the API wants them, page after page, and a look at the session where it may have ended.
 */
import { expect, test } from "vitest";

import { accountOf } from "../src/account.js";
import type { Caller } from "../src/call.js";
import { sessionsOf } from "../src/sessions.js";

/** A client that answers each request with the next of these, and what was asked of it. */
function answering(...answers: readonly unknown[]): { readonly keyturn: Caller; readonly asked: string[] } {
  const asked: string[] = [];
  const left = [...answers];
  const fetch: Caller["fetch"] = async (input, init) => {
    asked.push([init?.method, String(input), init?.body].filter(Boolean).join(" "));
    const answer = left.shift();
    return answer instanceof Response ? answer : new Response(answer === undefined ? null : JSON.stringify(answer));
  };
  const reload: Caller["reload"] = async () => {
    asked.push("reload");
    return {} as Awaited<ReturnType<Caller["reload"]>>;
  };
  return { keyturn: { fetch, reload }, asked };
}

const page = (from: number, to: number, next: string | null): object => ({
  items: Array.from({ length: to - from }, (_, index) => ({ id: `session-${from + index}` })),
  next,
});

test("R5.1 all sessions come page after page, in order, and no page more than is looked at", async () => {
  const { keyturn, asked } = answering(page(0, 50, "session-49"), page(50, 100, "session-99"), page(100, 120, null));
  const seen: string[] = [];
  for await (const { id } of sessionsOf(keyturn).each({ state: "all" })) seen.push(id);
  expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => `session-${index}`));
  expect(asked).toEqual([
    "GET /auth/sessions?state=all",
    "GET /auth/sessions?state=all&cursor=session-49",
    "GET /auth/sessions?state=all&cursor=session-99",
  ]);

  const some = answering(page(0, 50, "session-49"), page(50, 100, "session-99"));
  for await (const { id } of sessionsOf(some.keyturn).each()) if (id === "session-50") break;
  expect(some.asked).toHaveLength(2);
});

test("R5.1 what may have ended this session is followed by a look at it", async () => {
  const { keyturn, asked } = answering(undefined, { ended: 3 }, { ended: 4 });
  await sessionsOf(keyturn).end("one/../two");
  expect(await sessionsOf(keyturn).endOthers()).toEqual({ ended: 3 });
  await sessionsOf(keyturn).endAll();
  expect(asked).toEqual([
    "DELETE /auth/sessions/one%2F..%2Ftwo",
    "reload",
    "DELETE /auth/sessions",
    "DELETE /auth/sessions?all=true",
    "reload",
  ]);
});

test("an account's calls name their fields, and throw what the server says", async () => {
  const body = { type: "/problems/wrong-password", title: "Wrong", status: 403, code: "wrong-password", instance: "one" };
  const refusal = new Response(JSON.stringify(body), { status: 403, headers: { "content-type": "application/problem+json" } });
  const { keyturn, asked } = answering(undefined, refusal);
  await accountOf(keyturn).resetPassword("token", "a heron");
  await expect(accountOf(keyturn).changePassword("no", "a heron")).rejects.toMatchObject({ code: "wrong-password", status: 403 });
  expect(asked).toEqual([
    'POST /auth/password/reset {"token":"token","password":"a heron"}',
    'POST /auth/password {"current_password":"no","new_password":"a heron"}',
  ]);
});
