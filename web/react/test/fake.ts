/**
 * A client whose state a test sets.
 */
import type { Keyturn, Session, Snapshot, User } from "@keyturn/client";
import { vi } from "vitest";

export const ANN: User = { id: "ann", email: "ann@example.org", username: null, permissions: ["admin"] };

export const NOBODY: Snapshot = {
  status: "unauthenticated",
  user: undefined,
  session: undefined,
  reason: undefined,
  idleWarning: undefined,
  offline: false,
};

export const SIGNED_IN: Snapshot = { ...NOBODY, status: "authenticated", user: ANN, session: { id: "one" } as Session };

export interface Fake {
  readonly keyturn: Keyturn;
  become(snapshot: Snapshot): void;
}

/** A client in this state; what is not given here answers nothing. */
export function fake(snapshot: Snapshot, given: Partial<Keyturn> = {}): Fake {
  const listeners = new Set<() => void>();
  let shown = snapshot;
  const keyturn = {
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => shown,
    start: vi.fn(async () => shown),
    dispose: vi.fn(),
    signInLink: () => "/signin?return_to=%2Ftasks%3Fpage%3D2",
    ...given,
  } as Partial<Keyturn> as Keyturn;
  return {
    keyturn,
    become(next) {
      shown = next;
      for (const listener of listeners) listener();
    },
  };
}
