/**
 * The provider, the hooks and the components, as a page has them.
 */
import { KeyturnError, type Snapshot } from "@keyturn/client";
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
