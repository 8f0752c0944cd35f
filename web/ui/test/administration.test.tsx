/**
 * The administration: what its pages send, what they ask before, and what they say when the server refuses.
 */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test } from "vitest";

import { session, signedIn, user } from "./fixtures.ts";
import { problem, server } from "./server.ts";
import { opened } from "./shown.tsx";

const metadata = JSON.parse('{ "plan": "gold" }') as Record<string, never>;
const BEN = user({ id: "ben", name: "Ben", email: "ben@example.org", permissions: ["tasks:write"], metadata });

/** What was sent, as "METHOD path body". */
let sent: string[];

const record = async (request: Request): Promise<void> => {
  sent.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`.trim());
};

beforeEach(() => {
  sent = [];
  server.use(
    http.get("*/auth/session", () => HttpResponse.json(signedIn(["admin"]))),
    http.get("*/admin/users", () => HttpResponse.json({ items: [BEN], next: null })),
    http.get("*/admin/users/:id", () => HttpResponse.json(BEN)),
    http.get("*/admin/sessions", () => HttpResponse.json({ items: [session()], next: null })),
    http.get("*/admin/audit", () => HttpResponse.json({ items: [], next: null })),
    http.patch("*/admin/users/:id", async ({ request }) => {
      await record(request);
      return HttpResponse.json(BEN);
    }),
  );
});

const path = `/admin/users/${BEN.account_id}`;

test("R5.5 an account is created with a link to choose a password, and shown", async () => {
  server.use(
    http.post("*/admin/users", async ({ request }) => {
      await record(request);
      return HttpResponse.json(BEN, { status: 201 });
    }),
    http.post("*/admin/users/:id/reset", async ({ request }) => {
      await record(request);
      return new HttpResponse(null, { status: 202 });
    }),
  );
  const { address } = opened("/admin/users");
  await userEvent.click(await screen.findByRole("link", { name: "New user" }));
  await userEvent.type(await screen.findByLabelText("Email"), "ben@example.org");
  await userEvent.type(screen.getByLabelText(/^Permissions/), "tasks:write, billing");
  await userEvent.click(screen.getByRole("button", { name: "Create the account" }));
  expect(await screen.findByText("Ben has an account, and a link is on its way.")).toBeInTheDocument();
  expect(address()).toBe(path);
  expect(sent).toEqual(['POST /admin/users {"email":"ben@example.org","permissions":["tasks:write","billing"]}', `POST ${path}/reset`]);
});

test("R5.5 without mail a password is set, and what is wrong with it is said at the field", async () => {
  const errors = [{ field: "password", message: "too easy to guess" }];
  server.use(
    http.post("*/admin/users", async ({ request }) => {
      await record(request);
      return problem("invalid-fields", 422, { errors });
    }),
  );
  opened("/admin/users/new", { mails: false });
  await userEvent.type(await screen.findByLabelText("Email"), "ben@example.org");
  await userEvent.type(screen.getByLabelText("Password"), "password{Enter}");
  await waitFor(() => expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(/^Too easy to guess\./));
  expect(sent).toEqual(['POST /admin/users {"email":"ben@example.org","password":"password","permissions":[]}']);
});

test("R5.5 a change of an account sends what differs and nothing else", async () => {
  opened(path);
  await userEvent.click(await screen.findByRole("button", { name: "Edit" }));
  const dialog = screen.getByRole("dialog", { name: "Edit the account" });
  await userEvent.clear(within(dialog).getByLabelText(/^Name/));
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await screen.findByText("The account is saved.")).toBeInTheDocument();
  expect(sent).toEqual([`PATCH ${path} {"name":null}`]);
});

test("R5.5 making somebody an administrator is asked about, other permissions are given at once", async () => {
  opened(path);
  const card = await screen.findByRole("region", { name: "Permissions" });
  await userEvent.type(within(card).getByLabelText("Permission"), "billing{Enter}");
  expect(await screen.findByText("Ben has the permission “billing” now.")).toBeInTheDocument();
  await userEvent.type(within(card).getByLabelText("Permission"), "admin{Enter}");
  const dialog = await screen.findByRole("dialog", { name: "Make Ben an administrator?" });
  expect(sent).toHaveLength(1);
  await userEvent.click(within(dialog).getByRole("button", { name: "Make administrator" }));
  await waitFor(() =>
    expect(sent).toEqual([
      `PATCH ${path} {"permissions":["tasks:write","billing"]}`,
      `PATCH ${path} {"permissions":["tasks:write","admin"]}`,
    ]),
  );
});

test("R5.5 a permission that was taken comes back by the way to undo it", async () => {
  opened(path);
  await userEvent.click(await screen.findByRole("button", { name: "Take “tasks:write” away" }));
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(sent).toEqual([`PATCH ${path} {"permissions":[]}`, `PATCH ${path} {"permissions":["tasks:write"]}`]));
});

test("R5.5 metadata that is no object is not sent", async () => {
  opened(path);
  const area = await screen.findByLabelText("A JSON object");
  expect(area).toHaveValue('{\n  "plan": "gold"\n}');
  const card = screen.getByRole("region", { name: "Metadata" });
  await userEvent.clear(area);
  await userEvent.type(area, "[[1]");
  await userEvent.click(within(card).getByRole("button", { name: "Save" }));
  expect(await within(card).findByText(/This is not a JSON object/)).toBeInTheDocument();
  expect(sent).toEqual([]);
});

test("R5.5 the question before an account is deleted names whose, and the last administrator stays", async () => {
  server.use(http.delete("*/admin/users/:id", () => problem("last-administrator", 409)));
  const { address } = opened(path);
  await userEvent.click(await screen.findByRole("button", { name: "Delete this account" }));
  const dialog = screen.getByRole("dialog", { name: "Delete the account of Ben?" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete for good" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("Somebody must be left to administer");
  server.use(http.delete("*/admin/users/:id", () => HttpResponse.json({ ended: 2 })));
  await userEvent.click(within(dialog).getByRole("button", { name: "Delete for good" }));
  expect(await screen.findByText("The account of Ben is deleted. 2 sessions were ended.")).toBeInTheDocument();
  expect(address()).toBe("/admin/users");
});

test("R5.5 everybody's sessions say whose they are", async () => {
  opened("/admin/sessions");
  const row = await screen.findByText("Chrome on Linux").then((link) => link.closest("li"));
  await waitFor(() => expect(row).toHaveTextContent("Ben"));
});
