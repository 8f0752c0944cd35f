/**
 * The way in, as a person goes it; the server is played at the network.
 */
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";

import { session, signedIn, tokenAnswer } from "./fixtures.ts";
import { problem, server } from "./server.ts";
import { opened } from "./shown.tsx";

const sessions = http.get("*/auth/sessions", () => HttpResponse.json({ items: [session({ current: true })], next: null }));

async function signIn(): Promise<void> {
  await userEvent.type(await screen.findByLabelText("Email or username"), "ann@example.org");
  await userEvent.type(screen.getByLabelText("Password"), "a heron that stands still{Enter}");
}

test("R3.5 R5.5 whoever is not signed in comes back to where they wanted to go", async () => {
  server.use(
    sessions,
    http.post("*/auth/signin", () => HttpResponse.json(tokenAnswer())),
  );
  const { address } = opened("/sessions");
  await screen.findByRole("heading", { name: "Sign in" });
  expect(address()).toBe("/signin?return_to=%2Fapp%2Fsessions");
  await signIn();
  await screen.findByRole("heading", { name: "Where you are signed in" });
  expect(address()).toBe("/sessions");
});

test("R3.5 the sign-in says why the last session ended", async () => {
  opened("/signin?reason=idle");
  expect(await screen.findByText(/there was no activity/)).toBeInTheDocument();
});

test("R2.2 a wrong password is said at once, and the name stays", async () => {
  server.use(http.post("*/auth/signin", () => problem("invalid-credentials", 401)));
  opened("/signin");
  await signIn();
  expect(await screen.findByRole("alert")).toHaveTextContent("The sign-in name or the password is wrong.");
  expect(screen.getByLabelText("Email or username")).toHaveValue("ann@example.org");
  await waitFor(() => expect(screen.getByLabelText("Password")).toHaveFocus());
});

test("R2.1 what the server says of a field of the sign-up stands at that field", async () => {
  const errors = [{ field: "email", message: "an email address has an @ in it" }];
  server.use(http.post("*/auth/signup", () => problem("invalid-fields", 422, { errors })));
  opened("/signup");
  await userEvent.type(await screen.findByLabelText("Email"), "ann{Enter}");
  const field = screen.getByLabelText("Email");
  await waitFor(() => expect(field).toHaveAccessibleDescription("An email address has an @ in it."));
  await waitFor(() => expect(field).toHaveFocus());
});

test("R2.6 an account that waits for its activation is told so", async () => {
  server.use(http.post("*/auth/signup", () => HttpResponse.json({ state: "pending" }, { status: 202 })));
  opened("/signup", { activates: true });
  await userEvent.type(await screen.findByLabelText("Email"), "ann@example.org");
  await userEvent.type(screen.getByLabelText("Password"), "a heron that stands still{Enter}");
  expect(await screen.findByText(/We have sent a link to this address/)).toBeInTheDocument();
});

test("where nobody may sign up, or no mail is sent, nothing leads there", async () => {
  opened("/signin", { sign_up: false, mails: false });
  await screen.findByRole("heading", { name: "Sign in" });
  expect(screen.queryByRole("link", { name: "Sign up" })).not.toBeInTheDocument();
  expect(screen.queryByRole("link", { name: "Forgot your password?" })).not.toBeInTheDocument();
});

test("a link by mail sends its token with the new password, and says what to do when it is too old", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post("*/auth/password/reset", async ({ request }) => {
      sent.push(await request.json());
      return problem("link-invalid", 400);
    }),
  );
  opened("/reset?token=12345");
  await userEvent.type(await screen.findByLabelText("New password"), "seven quiet herons in fog{Enter}");
  expect(await screen.findByRole("link", { name: "Have another link sent" })).toBeInTheDocument();
  expect(sent).toEqual([{ token: "12345", password: "seven quiet herons in fog" }]);
});

test("whoever is signed in already goes on by a link and not unasked", async () => {
  server.use(
    sessions,
    http.get("*/auth/session", () => HttpResponse.json(signedIn())),
  );
  const { address } = opened("/signin?return_to=/app/sessions");
  await screen.findByText("You are signed in as ann@example.org.");
  expect(address()).toBe("/signin?return_to=%2Fapp%2Fsessions");
  await userEvent.click(screen.getByRole("button", { name: "Continue" }));
  await waitFor(() => expect(address()).toBe("/sessions"));
});

test("the configuration's words and name take the place of ours", async () => {
  opened("/signin", {}, { name: "Example", texts: { sign_in_title: "Welcome back" } });
  await screen.findByRole("heading", { name: "Welcome back" });
  expect(document.title).toBe("Welcome back · Example");
});
