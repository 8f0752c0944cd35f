/**
 * The client: what a page holds, and the only thing that it needs.
 *
 * The rule: make one with `createKeyturn`, `start()` it, show what `getSnapshot()` says whenever `subscribe` calls back. Nothing is kept in
 * web storage, and there is no state outside the object.
 *
 * The caveat: a sign-out without network is complete in this browser's tabs at once, but cookies are the server's to clear: it is sent as soon as
 * the network is back while a tab is open, and until then the session still lives.
 */
import type { SignInForm, SignUpForm, TokenAnswer } from "./api.js";
import type { Diagnosis } from "./diagnose.js";
import { KeyturnError } from "./error.js";
import { tellInput } from "./heartbeat.js";
import { asking, back, left, refused, type Snapshot } from "./machine.js";
import { type KeyturnOptions, setupOf } from "./options.js";
import { Session } from "./session.js";
import { signInLink } from "./sign_in_link.js";
import { type Transport, transportOf } from "./transport.js";

/** What a sign-up led to. */
export interface SignUpResult {
  /** Whether the account waits for its activation, by a mailed link or an administrator; else the person is signed in. */
  readonly isPending: boolean;
  readonly snapshot: Snapshot;
}

/** What a sign-out led to. */
export interface SignOutResult {
  /** Whether the server has heard of it; else it will be told as soon as it can be reached. */
  readonly isConfirmed: boolean;
}

/** A client of Keyturn. Its methods may be passed around without it. */
export interface Keyturn {
  /** Calls back after each change; the answer stops it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** The state, the same object while nothing changed. */
  readonly getSnapshot: () => Snapshot;
  /** Finds out who is signed in, and keeps the session from then on. While nobody answers it goes on asking. */
  readonly start: () => Promise<Snapshot>;
  /** Stops everything: timers, listeners, what is under way. `start` begins again. */
  readonly dispose: () => void;
  /** Throws `email-taken`, `username-taken`, `invalid-fields` with its `fieldErrors`, `sign-up-closed` and what every request may throw. */
  readonly signUp: (form: SignUpForm) => Promise<SignUpResult>;
  /** Throws `invalid-credentials`, `account-not-active`, `too-many-attempts` with `retryAfter`; the state is then as before, or `unauthorized`. */
  readonly signIn: (form: SignInForm) => Promise<Snapshot>;
  /** Starts the session that a service has prepared, by the code that it sent along. */
  readonly signInByCode: (code: string) => Promise<Snapshot>;
  /** Works without network, on an expired session, and twice. */
  readonly signOut: () => Promise<SignOutResult>;
  /** Renews now. */
  readonly refresh: () => Promise<Snapshot>;
  /** The person is still there: moves the idle end. */
  readonly stay: () => Promise<Snapshot>;
  /** Asks the server who is signed in, after a change of email or name say. */
  readonly reload: () => Promise<Snapshot>;
  /** `fetch` for your own requests: see `Transport`. Paths are resolved against `baseUrl`. */
  readonly fetch: typeof globalThis.fetch;
  /** Where to sign in, with the way back to this page. */
  readonly signInLink: () => string;
  /** Names what is wrong with the set-up: cookies, CORS, proxy, clock. */
  readonly diagnose: () => Promise<Diagnosis>;
  /** For adapters to other HTTP clients. */
  readonly transport: Transport;
}

/** Makes a client. It does nothing before `start()`, so that it can be made while a server renders. */
export function createKeyturn(options: KeyturnOptions = {}): Keyturn {
  const setup = setupOf(options);
  const session = new Session(setup);
  const transport = transportOf(session);
  const snapshotAfter = async (work: Promise<unknown>): Promise<Snapshot> => {
    await work;
    return session.snapshot;
  };
  return {
    transport,
    subscribe: (listener) => session.subscribe(listener),
    getSnapshot: () => session.snapshot,
    start: () => snapshotAfter(session.start()),
    dispose: () => session.dispose(),
    signUp: async (form) => ({ isPending: !(await enter(session, "/auth/signup", form)), snapshot: session.snapshot }),
    signIn: (form) => snapshotAfter(enter(session, "/auth/signin", form)),
    signInByCode: (code) => snapshotAfter(enter(session, "/auth/signin/code", { code })),
    signOut: () => leave(session),
    refresh: () => snapshotAfter(session.renew()),
    stay: async () => {
      session.watch.noteInput();
      await session.renew();
      // A renewal that was under way already did not know of this input.
      await tellInput(session);
      return session.snapshot;
    },
    reload: () => snapshotAfter(session.look()),
    fetch: transport.fetch,
    signInLink: () => signInLink(setup),
    diagnose: async () => (await import("./diagnose.js")).diagnose(session.wire),
  };
}

/** A sign-in of any kind. Answers whether somebody is signed in; not so where the account has to be activated first. */
async function enter(session: Session, path: string, form: object): Promise<boolean> {
  const before = session.snapshot;
  const era = session.newEra();
  session.unfinished = undefined;
  session.happened(asking);
  try {
    const body = { ...form, delivery: session.setup.delivery };
    const ask = (): Promise<TokenAnswer | { readonly session?: never }> => session.wire.ask(path, { body, signal: era });
    const answer = await session.lock.run(ask);
    if (era.aborted) throw new KeyturnError("superseded");
    if (!answer.session) {
      session.happened(back(before));
      return false;
    }
    session.accept(answer);
    session.watch.tell({ type: "signed-in" });
    return true;
  } catch (cause) {
    if (era.aborted) throw new KeyturnError("superseded");
    const error = KeyturnError.from(cause);
    session.happened(back(before));
    if (error.code === "account-not-active") session.happened(refused("account_state"));
    throw error;
  }
}

async function leave(session: Session): Promise<SignOutResult> {
  session.end(left, "signed_out");
  const { era } = session;
  const finish = async (): Promise<void> => {
    await session.lock.run(() => session.wire.ask("/auth/signout", { body: {}, signal: era }));
    if (!era.aborted) session.unfinished = undefined;
  };
  session.unfinished = finish;
  const isHeard = async (): Promise<boolean> => {
    try {
      await session.unfinished?.();
      return true;
    } catch (cause) {
      const error = KeyturnError.from(cause);
      if (era.aborted || error.isPassing) return false;
      session.unfinished = undefined;
      throw error;
    }
  };
  const isConfirmed = await isHeard();
  // Goes on telling the server, until it has heard or somebody signs in.
  if (!isConfirmed) session.pause.until(isHeard, era).catch(() => undefined);
  return { isConfirmed };
}
