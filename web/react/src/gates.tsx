/**
 * What is shown to whom: `SignedIn`, `SignedOut`, `SessionExpired`, `IdleWarning`.
 *
 * The rule: these show, and protect nothing; what must not be seen is kept by the server. While it is not known who is signed in, neither
 * of the first two shows anything.
 */
import type { EndReason, User } from "@keyturn/client";
import { type ReactElement, type ReactNode, type RefObject, useEffect, useId, useRef, useState } from "react";

import { useKeyturn, useSession } from "./context.js";

export interface SignedInProps {
  /** A function gets who it is. */
  readonly children: ReactNode | ((user: User) => ReactNode);
  /** Shows only to those with this permission. */
  readonly permission?: string;
}

/** Shows its children while somebody is signed in. They begin anew when another person signs in. */
export function SignedIn({ children, permission }: SignedInProps): ReactElement | null {
  const { status, user } = useSession();
  if (status !== "authenticated" || !user || (permission && !user.permissions.includes(permission))) return null;
  return <Fresh key={user.id}>{typeof children === "function" ? children(user) : children}</Fresh>;
}

/**
 * Shows its children while nobody is signed in; an expired session counts as nobody. They stay while somebody signs in, so that a form in
 * them keeps what was typed, and can say what went wrong.
 */
export function SignedOut({ children }: { readonly children: ReactNode }): ReactNode {
  const { status } = useSession();
  const [isOut, setOut] = useState(false);
  const isOutNow = status === "authenticating" ? isOut : status !== "authenticated";
  if (isOutNow !== isOut) setOut(isOutNow);
  return isOutNow ? children : null;
}

export interface SessionExpiredProps {
  /** `message` (default) or `redirect`: leaves for the sign-in page. Both lead back to where the person was. */
  readonly mode?: "message" | "redirect";
  /** In your words; by default each reason has a sentence. */
  readonly children?: (reason: EndReason | undefined, signInLink: string) => ReactNode;
  readonly className?: string;
}

/** Says that the session has ended and why, with the way back in. Read out by screen readers when it appears. */
export function SessionExpired({ mode = "message", children, className }: SessionExpiredProps): ReactElement | null {
  const { status, reason } = useSession();
  const link = useKeyturn().signInLink();
  const leaves = status === "expired" && mode === "redirect";
  useEffect(() => {
    if (leaves) globalThis.location.assign(link);
  }, [leaves, link]);
  if (status !== "expired" || leaves) return null;
  return (
    <div role="alert" className={className}>
      {children?.(reason, link) ?? (
        <>
          {REASONS[reason ?? "absolute_end"]} <a href={link}>Sign in again</a>
        </>
      )}
    </div>
  );
}

export interface IdleWarningProps {
  /** In your words. */
  readonly children?: (endsInSeconds: number, stay: () => void) => ReactNode;
  readonly className?: string;
}

/**
 * Appears shortly before the session ends for want of activity, with a way to stay. Any input of the person makes it go away too. It takes
 * the focus when it appears, so that it is read out, and gives it back: nobody is in the middle of typing then.
 */
export function IdleWarning({ children, className }: IdleWarningProps): ReactElement | null {
  const { idleWarning } = useSession();
  const keyturn = useKeyturn();
  const box = useRef<HTMLDivElement>(null);
  const text = useId();
  useFocusIn(box, idleWarning !== undefined);
  if (!idleWarning) return null;
  const { endsInSeconds } = idleWarning;
  const stay = (): void => {
    // What comes of it is in the state.
    keyturn.stay().catch(() => undefined);
  };
  return (
    <div
      ref={box}
      role="alertdialog"
      aria-label="Your session is about to end"
      aria-describedby={children ? undefined : text}
      tabIndex={-1}
      className={className}
    >
      {children?.(endsInSeconds, stay) ?? (
        <>
          <p id={text}>
            You will be signed out in <span role="timer">{inWords(endsInSeconds)}</span>.
          </p>
          <button type="button" onClick={stay}>
            Stay signed in
          </button>
        </>
      )}
    </div>
  );
}

/** Has the focus in the first control of what is shown, or on itself, while it is; then gives it back to where it was. */
function useFocusIn(box: RefObject<HTMLElement | null>, isShown: boolean): void {
  useEffect(() => {
    const shown = box.current;
    if (!isShown || !shown) return;
    const before = document.activeElement;
    (shown.querySelector<HTMLElement>("button, a[href], input") ?? shown).focus();
    return () => {
      // Whoever has moved on meanwhile stays where they are.
      const { activeElement } = document;
      const isLeft = activeElement && activeElement !== document.body && !shown.contains(activeElement);
      if (!isLeft && before instanceof HTMLElement) before.focus();
    };
  }, [box, isShown]);
}

function Fresh({ children }: { readonly children: ReactNode }): ReactNode {
  return children;
}

function inWords(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} minutes`;
}

/** As `keyturn reasons` has them. */
const REASONS: Readonly<Record<EndReason, string>> = {
  signed_out: "You signed out.",
  signed_out_elsewhere: "You signed out of this session from another device.",
  replaced: "A new sign-in in this browser took this session's place.",
  idle: "Your session ended because there was no activity for a while.",
  absolute_end: "Your session has expired.",
  token_reuse: "Your session was ended because its refresh token was used twice; somebody may have copied it.",
  password_changed: "Your password was changed.",
  account_state: "Your account is not active.",
  admin: "An administrator ended your session.",
  session_limit: "You signed in on more devices than your account may use at once.",
  account_deleted: "Your account was deleted.",
};
