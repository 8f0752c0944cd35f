/**
 * What the server answers where it does not do what was asked, as the client of sessions throws it.
 */
import { KeyturnError } from "@keyturn/client";
import type { components } from "@keyturn/client/schema";

type Problem = components["schemas"]["Problem"];

/** An answer that is no success. `problem` is its body, where that could be read. */
export function refusalOf(problem: unknown, response: Response): KeyturnError {
  const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
  const details = { status: response.status, retryAfter: Number.isFinite(wait) ? wait : undefined };
  if (!isProblem(problem)) return new KeyturnError("unexpected-answer", details);
  return new KeyturnError(problem.code, {
    ...details,
    message: problem.detail ?? problem.title,
    reason: problem.reason,
    fieldErrors: problem.errors,
    accountState: problem.account_state,
    instance: problem.instance,
  });
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && typeof (value as Partial<Problem>).code === "string";
}
