/**
 * The axios adapter: the same rules as `keyturn.fetch`.
 */
import axios, { type AxiosInstance } from "axios";
import { beforeEach, describe, expect, test } from "vitest";

import { attachKeyturn } from "../src/axios.js";
import type { KeyturnOptions } from "../src/options.js";
import { Browser, type Tab } from "./browser.js";
import { problem } from "./server.js";
import { MINUTE } from "./shapes.js";

let browser: Browser;
beforeEach(() => {
  browser = new Browser();
});

/** Ann's tab, and an axios instance in it. */
async function attached(options: KeyturnOptions = {}): Promise<Tab & { readonly api: AxiosInstance; readonly detach: () => void }> {
  const tab = await browser.signedIn(options);
  const fetch: typeof globalThis.fetch = (input, init) => browser.fetch(input, init);
  const api = axios.create({ baseURL: "http://localhost/api", adapter: "fetch", env: { fetch } });
  return { ...tab, api, detach: attachKeyturn(api, tab.keyturn) };
}

describe.each(["cookie", "hybrid"] as const)("axios, by %s", (delivery) => {
  test("R3.5 ten requests with an expired token: one refresh, and all succeed", async () => {
    const { api } = await attached({ delivery });
    await browser.clock.sleep(30 * MINUTE);
    const before = browser.server.count("POST /auth/refresh");
    const asked = Promise.all(Array.from({ length: 10 }, () => api.get("/tasks")));
    expect((await browser.clock.until(asked)).map((answer) => answer.status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(browser.server.count("POST /auth/refresh")).toBe(before + 1);
    expect(browser.server.count("GET /api/tasks")).toBe(20);
  });
});

test("R3.5 a request is sent again once, not for ever", async () => {
  const { api, keyturn } = await attached();
  browser.server.instead = ({ path }) => (path === "/api/tasks" ? problem(401, "token-expired") : undefined);
  const failed = browser.clock.until(api.get("/tasks"));
  await expect(failed).rejects.toMatchObject({ response: { status: 401 } });
  expect(browser.server.count("GET /api/tasks")).toBe(2);
  expect(keyturn.getSnapshot().status).toBe("authenticated");
});

test("an ended session is told to the caller and shown in the state", async () => {
  const { api, keyturn } = await attached();
  browser.server.end("session-1", "admin");
  await expect(browser.clock.until(api.get("/tasks"))).rejects.toMatchObject({ response: { status: 401 } });
  expect(keyturn.getSnapshot()).toMatchObject({ status: "expired", reason: "admin" });
});

test("an unsafe request brings the CSRF token", async () => {
  const { api } = await attached();
  await browser.clock.until(api.post("/tasks", { title: "milk" }));
  expect(browser.server.count("POST /api/tasks")).toBe(1);
});

test("once detached, it is axios as it was", async () => {
  const { api, detach } = await attached({ delivery: "hybrid" });
  detach();
  await browser.clock.sleep(30 * MINUTE);
  const before = browser.server.count("POST /auth/refresh");
  await expect(browser.clock.until(api.get("/tasks"))).rejects.toMatchObject({ response: { status: 401 } });
  expect(browser.server.count("POST /auth/refresh")).toBe(before);
});
