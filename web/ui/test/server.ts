/**
 * The server as tests have it: at the network, so that everything up to there is the real thing.
 */
import { http, HttpResponse } from "msw";
import { type SetupServer, setupServer } from "msw/node";

import { NOBODY } from "./fixtures.ts";

export const server: SetupServer = setupServer(
  http.get("*/auth/session", () => HttpResponse.json(NOBODY)),
  http.get("*/auth/csrf", () => HttpResponse.json({ csrf_token: "a-token" }, { headers: { "X-CSRF-Token": "a-token" } })),
);

/** An answer that is not a success, as the server words it. */
export function problem(code: string, status: number, more: Record<string, unknown> = {}): Response {
  return HttpResponse.json(
    { type: `/problems/${code}`, title: code, status, code, instance: "a-request", ...more },
    { status, headers: { "content-type": "application/problem+json" } },
  );
}
