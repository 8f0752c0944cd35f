/**
 * What can be played, and on what stage.
 *
 * The rule: an act plays on a session that lives, or says that there is none; it asks by the clients that applications use, and leaves the
 * verdict to what was answered.
 */
import { type Keyturn, KeyturnError } from "@keyturn/client";

import type { Backstage, Told } from "../backstage.ts";
import type { Exchange, Traffic } from "../traffic.ts";

/** What an act has at hand. */
export interface Stage {
  /** The page's own client: a tab of the person's browser, as the application beside it is. */
  readonly keyturn: Keyturn;
  /** Another tab, in a browser without locks between tabs. To be disposed. */
  readonly tab: () => Keyturn;
  readonly traffic: Traffic;
  readonly backstage: Backstage;
  /** Milliseconds, never less than before. */
  readonly now: () => number;
}

export type Look = "good" | "bad" | "plain";

/** Requests that went alike. */
export interface Line {
  /** Where it is not plain. */
  readonly who: string | undefined;
  readonly what: string;
  readonly said: string;
  readonly look: Look;
  readonly count: number;
}

/** What an act came to. */
export interface Outcome {
  readonly verdict: string;
  readonly lines: readonly Line[];
  /** Whose story `keyturn explain` tells. */
  readonly session: string;
}

/** The session that it should be played on is over. */
export class NobodyThere extends Error {
  override readonly name = "NobodyThere";
}

/** A moment after which two refreshes are no longer taken for one (`refresh.concurrent_window`). */
export const LATER = "15s";

/** The session, as the server has it now. */
export async function onStage({ keyturn }: Stage): Promise<{ id: string; generation: number; session_timeout: number }> {
  const { session } = await keyturn.reload();
  if (!session) throw new NobodyThere("This session is over.");
  return session;
}

/** The person's next request, as the application would make it. */
export async function nextRequest({ keyturn }: Stage): Promise<Response> {
  return keyturn.fetch("/auth/account");
}

/** How the person's client left it: the reason that the page shows. */
export function verdictOf({ keyturn }: Stage): string {
  const { status, reason } = keyturn.getSnapshot();
  return status === "authenticated" ? "still signed in" : (reason ?? "signed out");
}

/** Those that went alike, in the order in which the first of them was answered. */
export function linesOf(seen: readonly Exchange[], who?: string): Line[] {
  const lines: Line[] = [];
  for (const exchange of seen) {
    const line = { who, what: `${exchange.method} ${exchange.path}`, said: saidIn(exchange), look: lookOf(exchange.status) };
    const alike = lines.findIndex((other) => other.what === line.what && other.said === line.said);
    const found = lines[alike];
    if (found) lines[alike] = { ...found, count: found.count + 1 };
    else lines.push({ ...line, count: 1 });
  }
  return lines;
}

export function toldLine(who: string, what: string, { status, body }: Told): Line {
  const said = [String(status), body?.code, body?.reason].filter(Boolean).join(" ");
  return { who, what, said, look: lookOf(status), count: 1 };
}

/** Refreshes among it, answered ones and others. */
export function refreshes(seen: readonly Exchange[]): Exchange[] {
  return seen.filter(({ path }) => path === "/auth/refresh");
}

/** What went wrong, for the person. */
export function wordsOf(error: unknown): string {
  const { code, message } = KeyturnError.from(error);
  if (error instanceof Error && !(error instanceof KeyturnError)) return error.message;
  return code === "no-answer" ? "Nobody answers: is the demo still running?" : message;
}

function saidIn({ status, code, reason, generation }: Exchange): string {
  if (status === undefined) return "no reply";
  const told = generation === undefined ? undefined : `generation ${generation}`;
  return [String(status), code, reason, told].filter(Boolean).join(" ");
}

function lookOf(status: number | undefined): Look {
  if (status === undefined) return "plain";
  return status < 400 ? "good" : "bad";
}
