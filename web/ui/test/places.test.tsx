/**
 * The pages behind the sign-in: what they show of what the server sends, and what they send.
 */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";

import { session, signedIn, user } from "./fixtures.ts";
import { problem, server } from "./server.ts";
import { opened } from "./shown.tsx";

const OTHER = session({ id: "0190a1b2-0000-7000-8000-000000000002", user_agent: "curl/8.5.0" });

beforeEach(() => {
  server.use(
    http.get("*/auth/session", () => HttpResponse.json(signedIn(["admin"]))),
    http.get("*/auth/sessions", () => HttpResponse.json({ items: [OTHER, session({ current: true })], next: null })),
    http.get("*/admin/users", () => HttpResponse.json({ items: [user({ state: "suspended" })], next: null })),
    http.get("*/admin/users/:id", () => HttpResponse.json(user())),
    http.get("*/admin/sessions", () => HttpResponse.json({ items: [], next: null })),
    http.get("*/admin/audit", () => HttpResponse.json({ items: [], next: null })),
  );
});

test("R5.1 R5.5 a person ends a session elsewhere, and this one has no such button", async () => {
  const ended: string[] = [];
  server.use(
    http.delete("*/auth/sessions/:id", ({ params }) => {
      ended.push(String(params["id"]));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  opened("/sessions");
  await screen.findByText("This device");
  const [own, other] = within(screen.getByRole("main")).getAllByRole("listitem");
  expect(own).toHaveTextContent("This device");
  expect(within(own as HTMLElement).queryByRole("button")).not.toBeInTheDocument();
  await userEvent.click(within(other as HTMLElement).getByRole("button", { name: "Sign out curl" }));
  expect(await screen.findByText("curl is signed out.")).toBeInTheDocument();
  expect(ended).toEqual([OTHER.id]);
});

test("R5.1 R5.5 sessions beyond the first fifty are asked for, and what was ended is counted", async () => {
  const asked: string[] = [];
  const own = session({ current: true });
  server.use(
    http.get("*/auth/session", () => HttpResponse.json({ ...signedIn(), session: own })),
    http.get("*/auth/sessions", ({ request }) => {
      const { searchParams } = new URL(request.url);
      asked.push(`${searchParams.get("state")} ${searchParams.get("cursor") ?? "from the start"}`);
      const last = searchParams.has("cursor");
      return HttpResponse.json({ items: [last ? own : OTHER], next: last ? null : OTHER.id });
    }),
    http.delete("*/auth/sessions", () => HttpResponse.json({ ended: 51 })),
  );
  opened("/sessions");
  const live = await screen.findByRole("region", { name: "Signed in now" });
  expect(await within(live).findByText("More than 1 other devices are signed in.")).toBeInTheDocument();
  expect(within(live).getByText("This device")).toBeInTheDocument();
  await userEvent.click(within(live).getByRole("button", { name: "Show more" }));
  expect(await within(live).findByText("One other device is signed in.")).toBeInTheDocument();
  expect(asked).toContain(`live ${OTHER.id}`);
  expect(within(live).getAllByText("This device")).toHaveLength(1);
  await userEvent.click(within(live).getByRole("button", { name: "Sign out everywhere else" }));
  expect(await screen.findByText("51 other devices are signed out.")).toBeInTheDocument();
});

test("R5.5 what could not be fetched can be asked for again", async () => {
  let asked = 0;
  server.use(
    http.get("*/auth/sessions", () => {
      asked += 1;
      return asked === 1 ? problem("not-found", 404) : HttpResponse.json({ items: [session({ current: true })], next: null });
    }),
  );
  opened("/sessions");
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByText("This device")).toBeInTheDocument();
});

test("R5.5 an administrator brings an account into another state, with the reason", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post("*/admin/users/:id/state", async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(user({ state: "suspended" }));
    }),
  );
  opened(`/admin/users/${user().account_id}`);
  await userEvent.click(await screen.findByRole("button", { name: "Suspend" }));
  const dialog = screen.getByRole("dialog", { name: "Suspend" });
  await userEvent.type(within(dialog).getByLabelText("Reason"), "Sends advertisements");
  await userEvent.click(within(dialog).getByRole("button", { name: "Suspend" }));
  expect(await screen.findByText("The account is now Suspended.")).toBeInTheDocument();
  expect(sent).toEqual([{ state: "suspended", reason: "Sends advertisements" }]);
});

test("R5.5 accounts are told with their states", async () => {
  opened("/admin/users");
  const row = await screen.findByText("Ann").then((link) => link.closest("li"));
  expect(row).toHaveTextContent("Suspended");
  expect(row).toHaveTextContent("Never signed in");
});

test("nobody but administrators is shown the way to the administration", async () => {
  server.use(http.get("*/auth/session", () => HttpResponse.json(signedIn())));
  opened("/sessions");
  const places = await screen.findByRole("navigation", { name: "Places" });
  expect(within(places).queryByText("Users")).not.toBeInTheDocument();
  expect(within(places).getByRole("link", { name: "Sessions" })).toHaveAttribute("aria-current", "page");
});

test("R5.5 where tasks are switched off nothing speaks of them", async () => {
  opened("/");
  await screen.findByRole("navigation", { name: "Places" });
  expect(document.body).not.toHaveTextContent(/task/i);
});

test("R3.3 whoever goes on from the sign-in while the sign-out is under way is not called back", async () => {
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let answered = false;
  server.use(
    http.post("*/auth/signout", async () => {
      await held;
      answered = true;
      return new HttpResponse(null, { status: 204 });
    }),
    http.post("*/auth/password/forgot", () => new HttpResponse(null, { status: 202 })),
  );
  const { address } = opened("/sessions");
  await userEvent.click(await screen.findByRole("button", { name: "Sign out" }));
  await userEvent.click(await screen.findByRole("link", { name: "Forgot your password?" }));
  await screen.findByRole("heading", { name: "Set a new password" });
  answer();
  await waitFor(() => expect(answered).toBe(true));
  await userEvent.type(screen.getByLabelText("Email"), "ann@example.org{Enter}");
  await screen.findByRole("heading", { name: "Look into your mail" });
  expect(address()).toBe("/forgot");
});

test("R2.7 R3.5 a session that ends is told with its reason, and leads back", async () => {
  const { address } = opened("/sessions");
  await screen.findByText("This device");
  server.use(
    http.get("*/auth/account", () => problem("session-ended", 401, { reason: "admin" })),
    http.post("*/auth/refresh", () => problem("session-ended", 401, { reason: "admin" })),
  );
  await userEvent.click(screen.getByRole("link", { name: "Account" }));
  expect(await screen.findByText("An administrator ended your session.")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("link", { name: "Sign in again" }));
  await waitFor(() => expect(address()).toBe("/signin?return_to=%2Fapp%2Faccount"));
});
