/**
 * What went wrong, as one class with a `code` to go by.
 *
 * The rule: `code` is a closed union; `message` is for people and may change: the server's words, or the code where there are none.
 * Keyturn's own codes come as they are; those of this file say what no answer of the server says.
 *
 * The caveat: `no-answer` is never a verdict. The session may well be alive, and nobody is signed out by it.
 */
import type { AccountState, EndReason, FieldProblem, Problem, ProblemCode } from "./api.js";

/** What can go wrong without the server saying so. */
export type ClientCode =
  /** Nothing came back in time: offline, the server down, or CORS refused. Try again later. */
  | "no-answer"
  /** Something answered that isn't Keyturn, a proxy's error page say. Try again later. */
  | "unexpected-answer"
  /** A sign-out or a newer sign-in came first, and what was asked belongs to the session before it. Nothing to do. */
  | "superseded"
  /** Somebody else has signed in in this browser; the request was not repeated in their name. Read `getSnapshot()` again. */
  | "session-changed";

/** What `KeyturnError.code` can be. */
export type ErrorCode = ProblemCode | ClientCode;

/** What an error tells beside its code. */
export interface ErrorDetails {
  readonly message?: string | undefined;
  /** The status of the answer; 0 where there was none. */
  readonly status?: number;
  /** Why the session ended, where that is why. */
  readonly reason?: EndReason | undefined;
  /** Seconds to wait before the next try, where the server said so. */
  readonly retryAfter?: number | undefined;
  /** What is wrong with which field of a form. */
  readonly fieldErrors?: readonly FieldProblem[] | undefined;
  /** What the account is in, where that keeps the person out. */
  readonly accountState?: AccountState | undefined;
  /** The request's id, for the operator. */
  readonly instance?: string | undefined;
  readonly cause?: unknown;
}

/** Every error that this package throws. */
export class KeyturnError extends Error {
  override readonly name = "KeyturnError";
  readonly code: ErrorCode;
  declare readonly status: number;
  declare readonly reason: EndReason | undefined;
  declare readonly retryAfter: number | undefined;
  declare readonly fieldErrors: readonly FieldProblem[];
  declare readonly accountState: AccountState | undefined;
  declare readonly instance: string | undefined;

  constructor(code: ErrorCode, { message = code, cause, fieldErrors = [], ...details }: ErrorDetails = {}) {
    super(message, { cause });
    this.code = code;
    Object.assign(this, { status: 0, fieldErrors, ...details });
  }

  /** What an answer that is no success says. Reads its body. */
  static async of(response: Response): Promise<KeyturnError> {
    const { status, headers } = response;
    const problem: Partial<Problem> = (await problemOf(response)) ?? {};
    // A date in it counts as absent: Keyturn sends seconds.
    const retryAfter = Number(headers.get("retry-after")) || undefined;
    return new KeyturnError(problem.code ?? "unexpected-answer", {
      status,
      message: problem.detail ?? problem.title ?? `The answer was ${status}.`,
      reason: problem.reason,
      retryAfter,
      fieldErrors: problem.errors,
      accountState: problem.account_state,
      instance: problem.instance,
    });
  }

  /** An error of another kind as one of these: no answer came, or none that could be read. */
  static from(cause: unknown): KeyturnError {
    return cause instanceof KeyturnError ? cause : new KeyturnError("no-answer", { message: "The server did not answer.", cause });
  }

  /** Whether it says that the session is over, or no one's: no renewal helps. */
  get isVerdict(): boolean {
    return this.code === "session-ended" || this.code === "token-unknown" || this.code === "credentials-missing";
  }

  /** Whether the same request may succeed a little later: nothing was decided. */
  get isPassing(): boolean {
    return this.code === "no-answer" || this.code === "unexpected-answer" || this.status >= 500 || this.status === 429;
  }
}

/** The problem that an answer holds, if it is one of Keyturn's. Reads the body only where it says that it is one. */
export async function problemOf(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) return undefined;
  const body = (await response.json().catch(() => undefined)) as Problem | null | undefined;
  return typeof body?.code === "string" ? body : undefined;
}
