/**
 * The provider, the hooks and the components, as a page has them.
 */
import { createKeyturn, KeyturnError, type Snapshot } from "@keyturn/client";
import { act, cleanup, render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { type ReactElement, StrictMode } from "react";
import { afterEach, describe, expect, test, vi } from "vitest";

import { IdleWarning, KeyturnProvider, SessionExpired, SignedIn, SignedOut, useSession, useSignIn } from "../src/index.js";
import { ANN, type Fake, fake, NOBODY, SIGNED_IN } from "./fake.js";

afterEach(cleanup);

const EXPIRED: Snapshot = { ...NOBODY, status: "expired", reason: "idle" };

function Status(): ReactElement {
  return <p role="status">{useSession().status}</p>;
}

function Form(): ReactElement {
  const { run, isPending, error } = useSignIn();
  return (
    <>
      <button type="button" disabled={isPending} onClick={() => run({ email: "ann@example.org", password: "a heron" })}>
        Sign in
      </button>
      <p role="alert">{error?.message}</p>
    </>
  );
}

/** The same client, of which some calls do something else. */
function fakeWith(client: Fake, given: Partial<Fake["keyturn"]>): Fake {
  return { ...client, keyturn: { ...client.keyturn, ...given } };
}

function show({ keyturn }: Fake, page: ReactElement): void {
  render(<KeyturnProvider keyturn={keyturn}>{page}</KeyturnProvider>);
}

describe("the provider", () => {
  test("R2.7 shows each state as it comes", () => {
    const client = fake({ ...NOBODY, status: "authenticating" });
    show(client, <Status />);
    for (const snapshot of [NOBODY, SIGNED_IN, EXPIRED, { ...NOBODY, status: "unauthorized" } as const]) {
      act(() => client.become(snapshot));
      expect(screen.getByRole("status").textContent).toBe(snapshot.status);
    }
  });

  test("under StrictMode the client is started last, and disposed at the end", () => {
    const { keyturn } = fake(NOBODY);
    const calls: string[] = [];
    vi.mocked(keyturn.start).mockImplementation(async () => {
      calls.push("start");
      return NOBODY;
    });
    vi.mocked(keyturn.dispose).mockImplementation(() => void calls.push("dispose"));
    const { unmount } = render(
      <StrictMode>
        <KeyturnProvider keyturn={keyturn} />
      </StrictMode>,
    );
    expect(calls).toEqual(["start", "dispose", "start"]);
    unmount();
    expect(calls.at(-1)).toBe("dispose");
  });
});

describe("under StrictMode, with the client as it is", () => {
  test("who is signed in is asked twice, listened for once, and no longer once the page has gone", async () => {
    const asked: AbortSignal[] = [];
    const fetch: typeof globalThis.fetch = async (_input, init) => {
      asked.push(init?.signal as AbortSignal);
      return Response.json({ now: "2026-01-01T00:00:00Z", is_authenticated: false, session: null });
    };
    const channels = new Set<string>();
    const channel = () => {
      const name = `channel ${channels.size}`;
      return { send: () => undefined, listen: () => void channels.add(name), close: () => void channels.delete(name) };
    };
    const keyturn = createKeyturn({ baseUrl: "http://localhost", fetch, channel });
    const { unmount } = render(
      <StrictMode>
        <KeyturnProvider keyturn={keyturn}>
          <Status />
        </KeyturnProvider>
      </StrictMode>,
    );
    await screen.findByText("unauthenticated");
    expect([asked.length, asked[0]?.aborted, channels.size]).toEqual([2, true, 1]);
    unmount();
    expect(channels.size).toBe(0);
  });
});

describe("who sees what", () => {
  test("SignedIn and SignedOut show nothing before it is known", () => {
    const client = fake({ ...NOBODY, status: "authenticating" });
    show(
      client,
      <>
        <SignedIn>in</SignedIn>
        <SignedOut>out</SignedOut>
      </>,
    );
    expect(screen.queryByText(/in|out/)).toBeNull();
    act(() => client.become(NOBODY));
    expect(screen.getByText("out")).toBeTruthy();
    act(() => client.become(SIGNED_IN));
    expect(screen.getByText("in")).toBeTruthy();
  });

  test("a form in SignedOut keeps what was typed while it signs in, and says what went wrong", async () => {
    const client = fake(NOBODY);
    const signIn = vi.fn(async () => {
      act(() => client.become({ ...NOBODY, status: "authenticating" }));
      expect(screen.getByLabelText<HTMLInputElement>("Email").value).toBe("ann@example.org");
      act(() => client.become(NOBODY));
      throw new KeyturnError("invalid-credentials", { message: "Wrong." });
    });
    show(
      fakeWith(client, { signIn }),
      <SignedOut>
        <input aria-label="Email" />
        <Form />
      </SignedOut>,
    );
    await userEvent.type(screen.getByLabelText("Email"), "ann@example.org");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect(screen.getByRole("alert").textContent).toBe("Wrong.");
    expect(screen.getByLabelText<HTMLInputElement>("Email").value).toBe("ann@example.org");
    act(() => client.become(SIGNED_IN));
    expect(screen.queryByLabelText("Email")).toBeNull();
  });

  test("SignedIn with a permission is for those who have it", () => {
    const client = fake(SIGNED_IN);
    show(client, <SignedIn permission="admin">{(user) => `admin ${user.email}`}</SignedIn>);
    expect(screen.getByText("admin ann@example.org")).toBeTruthy();
    act(() => client.become({ ...SIGNED_IN, user: { ...ANN, permissions: [] } }));
    expect(screen.queryByText(/admin/)).toBeNull();
  });

  test("R3.5 an expired session says why, with a link to sign in that leads back", () => {
    const client = fake(SIGNED_IN);
    show(client, <SessionExpired />);
    expect(screen.queryByRole("alert")).toBeNull();
    act(() => client.become(EXPIRED));
    expect(screen.getByRole("alert").textContent).toContain("no activity for a while");
    expect(screen.getByRole("link", { name: "Sign in again" }).getAttribute("href")).toBe("/signin?return_to=%2Ftasks%3Fpage%3D2");
  });

  test("the idle warning counts, and staying is asked for by its button", async () => {
    const stay = vi.fn(async () => SIGNED_IN);
    const client = fake({ ...SIGNED_IN, idleWarning: { endsInSeconds: 65 } }, { stay });
    show(client, <IdleWarning />);
    expect(screen.getByRole("timer").textContent).toBe("1:05 minutes");
    act(() => client.become({ ...SIGNED_IN, idleWarning: { endsInSeconds: 1 } }));
    expect(screen.getByRole("timer").textContent).toBe("1 second");
    await userEvent.click(screen.getByRole("button", { name: "Stay signed in" }));
    expect(stay).toHaveBeenCalledOnce();
    act(() => client.become(SIGNED_IN));
    expect(screen.queryByRole("alertdialog")).toBeNull();
  });

  test("the idle warning takes the focus, says what it is about, and gives the focus back", () => {
    const client = fake(SIGNED_IN);
    render(
      <StrictMode>
        <KeyturnProvider keyturn={client.keyturn}>
          <input aria-label="Notes" />
          <IdleWarning />
        </KeyturnProvider>
      </StrictMode>,
    );
    const notes = screen.getByLabelText("Notes");
    act(() => notes.focus());
    act(() => client.become({ ...SIGNED_IN, idleWarning: { endsInSeconds: 65 } }));
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Stay signed in" }));
    const dialog = screen.getByRole("alertdialog", { name: "Your session is about to end" });
    expect(document.getElementById(dialog.getAttribute("aria-describedby") ?? "")?.textContent).toContain("1:05 minutes");
    act(() => client.become({ ...SIGNED_IN, idleWarning: { endsInSeconds: 64 } }));
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Stay signed in" }));
    act(() => client.become(SIGNED_IN));
    expect(document.activeElement).toBe(notes);
  });

  test("a warning of the application's own, without a control, takes the focus itself; who has moved on stays there", () => {
    const client = fake(SIGNED_IN);
    show(
      client,
      <>
        <IdleWarning>{(seconds) => <b>{seconds} s</b>}</IdleWarning>
        <input aria-label="Notes" />
      </>,
    );
    act(() => client.become({ ...SIGNED_IN, idleWarning: { endsInSeconds: 9 } }));
    expect(document.activeElement).toBe(screen.getByRole("alertdialog"));
    act(() => screen.getByLabelText("Notes").focus());
    act(() => client.become(SIGNED_IN));
    expect(document.activeElement).toBe(screen.getByLabelText("Notes"));
  });
});

describe("signing in", () => {
  test("tells what went wrong, and that it is over when it went well", async () => {
    const signIn = vi
      .fn()
      .mockRejectedValueOnce(new KeyturnError("invalid-credentials", { message: "Wrong." }))
      .mockResolvedValue(SIGNED_IN);
    show(fake(NOBODY, { signIn }), <Form />);
    await userEvent.click(screen.getByRole("button"));
    expect(screen.getByRole("alert").textContent).toBe("Wrong.");
    await userEvent.click(screen.getByRole("button"));
    expect(screen.getByRole("alert").textContent).toBe("");
    expect(signIn).toHaveBeenCalledTimes(2);
  });
});
