import { expect, test } from "vitest";

import { linesOf, refreshes } from "./acts/act.ts";
import { Traffic } from "./traffic.ts";

/** Answers one after the other, whatever is asked. */
function wireOf(...answers: (() => Response)[]): typeof globalThis.fetch {
  return async () => {
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer();
  };
}

const expired = (): Response => Response.json({ code: "token-expired" }, { status: 401 });
const renewed = (): Response => Response.json({ session: { generation: 4 } });

function brokenOff(): Response {
  const body = new ReadableStream({
    pull: (controller) => controller.error(new TypeError("network error")),
  });
  return new Response(body);
}

test("R3.5 requests that went alike are one line, and a reply that broke off is none", async () => {
  const heard: string[] = [];
  const traffic = new Traffic(wireOf(expired, expired, brokenOff, renewed), async (path) => {
    heard.push(path);
  });
  const [, seen] = await traffic.record(async () => {
    await traffic.fetch("/auth/account");
    await traffic.fetch("/auth/account");
    await traffic.fetch("/auth/refresh", { method: "POST" });
    await traffic.fetch("/auth/refresh", { method: "POST" });
    await traffic.fetch("/auth/account").catch(() => undefined);
  });
  expect(linesOf(seen, "the tab").map(({ count, what, said, look }) => [count, what, said, look])).toEqual([
    [2, "GET /auth/account", "401 token-expired", "bad"],
    [1, "POST /auth/refresh", "no reply", "plain"],
    [1, "POST /auth/refresh", "200 generation 4", "good"],
    [1, "GET /auth/account", "no reply", "plain"],
  ]);
  expect(refreshes(seen)).toHaveLength(2);
  expect(heard).toHaveLength(5);
});

test("what is listened to arrives as it was sent", async () => {
  const traffic = new Traffic(wireOf(renewed), async () => undefined);
  const [answer, seen] = await traffic.record(() => traffic.fetch("/auth/refresh", { method: "POST" }));
  expect(await answer.json()).toEqual({ session: { generation: 4 } });
  expect(seen).toHaveLength(1);
  await traffic.fetch("/auth/account").catch(() => undefined);
  expect(seen, "after the recording").toHaveLength(1);
});
