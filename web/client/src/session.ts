/**
 * The session as this tab knows it: who it is, and everything that changes that.
 *
 * The rule: an era lasts until the next sign-in, sign-out, end or change of person. Its signal is aborted then, and what was asked in it is passed
 * over when its answer comes, so that a late refresh never undoes a sign-out and never overwrites a newer sign-in. Everything shown comes
 * from `machine.ts`.
 *
 * The caveat: in `cookie` delivery the jar is the truth and is shared by all tabs. Where another person signs in, this tab finds out by
 * message, by the next answer, or when it is looked at again.
 */
import type { EndReason, SessionContext, Session as SessionShape, TokenAnswer } from "./api.js";
import type { Renewed } from "./channel.js";
import { isSignedIn, type SignedIn, userIn } from "./context.js";
import { KeyturnError } from "./error.js";
import { tellInput } from "./heartbeat.js";
import { leaseOf } from "./lease.js";
import type { Lock } from "./lock.js";
import { ended, type Happening, nobody, recognised, refused, type Snapshot, START, unanswered } from "./machine.js";
import type { Setup } from "./options.js";
import { type Pause, pauseOf } from "./pause.js";
import { Renewal } from "./renewal.js";
import { leaveForSignIn } from "./sign_in_link.js";
import { Watch } from "./watch.js";
import { Wire } from "./wire.js";

/** A tab that is shown again looks at its session if the last look is older. */
const LOOK_AGAIN = 30_000;

export class Session {
  readonly wire: Wire;
  readonly lock: Lock;
  readonly watch: Watch;
  readonly pause: Pause;
  /** How often this tab has got other tokens, itself or through the jar. */
  serial = 0;
  /** The access token, in `hybrid` delivery; in `cookie` delivery no answer has one. */
  token: string | undefined;
  /** Goes on with a sign-out that the server has not heard of. */
  unfinished: (() => Promise<void>) | undefined;
  snapshot: Snapshot = START;

  readonly renewal: Renewal;
  readonly #listeners = new Set<() => void>();
  #era = new AbortController();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #starting: Promise<void> | undefined;
  #firstLook: Promise<unknown> | undefined;

  constructor(readonly setup: Setup) {
    this.wire = new Wire(setup);
    this.watch = new Watch(this);
    this.pause = pauseOf(setup.clock);
    this.lock = setup.lock(() => this.watch.patience());
    this.renewal = new Renewal(this);
  }

  /** Aborted when what is asked now will belong to the past. */
  get era(): AbortSignal {
    return this.#era.signal;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Finds out who is signed in; goes on asking while nobody answers. */
  start(): Promise<void> {
    this.#starting ??= this.#begin();
    return this.#starting;
  }

  dispose(): void {
    this.newEra();
    this.watch.close();
    this.#starting = this.#firstLook = undefined;
  }

  /** Begins another era; answers its signal. */
  newEra(): AbortSignal {
    this.#era.abort();
    this.#era = new AbortController();
    this.renewal.forget();
    this.pause.end();
    return this.era;
  }

  happened(happening: Happening): void {
    const before = this.snapshot;
    this.snapshot = happening(before);
    if (this.snapshot === before) return;
    for (const listener of [...this.#listeners]) listener();
    if (this.snapshot.status === "expired" && before.status !== "expired") leaveForSignIn(this.setup);
  }

  /** Takes what a sign-in or a refresh answered. */
  accept({ access_token, refresh_token: _none, ...answer }: TokenAnswer): void {
    this.token = access_token;
    this.renewed(answer, 0);
    this.watch.tell({ type: "renewed", answer });
  }

  /** There are other tokens, by this answer, which came to this browser so many milliseconds ago. */
  renewed(answer: Renewed, age: number): void {
    this.serial += 1;
    this.watch.told();
    this.#recognise(answer, age);
  }

  renew(): Promise<void> {
    return this.renewal.renew();
  }

  /** Asks the server about the session. Rejects where that leaves it unknown. */
  async look(): Promise<void> {
    const { era } = this;
    this.#lookedAt = this.setup.clock.now();
    try {
      // After a reload the access token of a hybrid session is gone: only a renewal can tell.
      if (this.setup.delivery === "hybrid" && !this.token) return await this.renew();
      const passive = this.watch.isRecentlyActive() ? {} : { "keyturn-passive": "1" };
      const headers = { ...this.bearer(), ...passive };
      const context = await this.wire.ask<SessionContext>("/auth/session", { signal: era, headers });
      if (era.aborted) return;
      if (isSignedIn(context)) this.#recognise(context, 0);
      else this.end(nobody);
    } catch (cause) {
      const error = KeyturnError.from(cause);
      if (era.aborted) return;
      if (error.code === "token-expired") return this.renew().catch(unlessVerdict);
      this.judged(error);
      unlessVerdict(error);
    }
  }

  /** What the server said about the session itself. */
  judged(error: KeyturnError): void {
    if (error.isPassing) this.happened(unanswered);
    else if (error.code === "session-ended") this.end(ended(error.reason), error.reason);
    else if (error.isVerdict) this.end(nobody);
  }

  /** What the server said about one request. Another tab may have signed in since it was sent: then the jar holds another session. */
  refused(error: KeyturnError): void {
    const { status } = this.snapshot;
    if (error.code === "credentials-missing" && status === "unauthenticated") this.happened(refused());
    if (!error.isVerdict || status !== "authenticated") return;
    if (error.code === "session-ended" && error.reason !== "replaced" && error.reason !== "signed_out") this.judged(error);
    else {
      this.token = undefined;
      this.#lookQuietly();
    }
  }

  due(action: "renew" | "tell" | "ask"): void {
    (action === "tell" ? tellInput(this) : this.renew()).catch(() => undefined);
  }

  /** The server says that the session's idle end has moved: by how much, it says by its own clock before and after. */
  prolonged(session: SessionShape): void {
    const { lease } = this.watch;
    const { user, session: known } = this.snapshot;
    if (!lease || !user || known?.id !== session.id) return;
    // Less than nothing where older word comes late.
    const moved = Math.max(0, Date.parse(session.idle_ends_at) - Date.parse(known.idle_ends_at));
    this.watch.hold({ ...lease, idleEndsAt: Math.min(lease.endsAt, lease.idleEndsAt + moved) });
    this.happened(recognised(user, moved ? session : known));
  }

  /** What shows who asks, in `hybrid` delivery. */
  bearer(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  woke(isVisible: boolean): void {
    this.renewal.recover();
    this.pause.end();
    this.unfinished?.().catch(() => undefined);
    const isLongAgo = this.setup.clock.now() - this.#lookedAt >= LOOK_AGAIN;
    if (isVisible && isLongAgo && this.snapshot.status !== "authenticating") this.#lookQuietly();
  }

  /** Resolves when a request may go out: it is known who asks, and no sign-out is left over. */
  async ready(): Promise<void> {
    if (this.setup.delivery === "hybrid") await this.#firstLook;
    await this.unfinished?.();
  }

  /** The session is over for this tab; `told` is passed on to the others. */
  end(happening: Happening, told?: EndReason): void {
    const session = this.snapshot.session?.id;
    this.forget();
    this.happened(happening);
    if (session && told) this.watch.tell({ type: "ended", session, reason: told });
  }

  /** Lets go of everything that belongs to the session. */
  forget(): void {
    this.token = undefined;
    this.wire.forgetCsrf();
    this.watch.hold(undefined);
    this.newEra();
  }

  /** Somebody else may be signed in: finds out who. */
  lookAnew(): void {
    this.forget();
    this.#lookQuietly();
  }

  #lookQuietly(): void {
    this.look().catch(() => undefined);
  }

  async #begin(): Promise<void> {
    this.watch.open();
    const { era } = this;
    const isKnown = async (): Promise<boolean> => {
      const looked = this.look();
      this.#firstLook ??= looked.catch(() => undefined);
      try {
        await looked;
      } catch (cause) {
        if (era.aborted) return true;
        if (KeyturnError.from(cause).isPassing) return false;
        this.happened(nobody);
        throw cause;
      }
      return true;
    };
    if (!(await isKnown())) await this.pause.until(isKnown, era);
  }

  #recognise(answer: SignedIn, age: number): void {
    const { session } = this.snapshot;
    // Where nobody was known yet, as after a reload, what was asked was asked by whoever this is.
    if (session && session.id !== answer.session.id) this.newEra();
    const { clock, random } = this.setup;
    this.watch.hold(leaseOf(answer, clock.now() - age, random(), this.watch.lease));
    this.happened(recognised(userIn(answer), answer.session));
  }
}

/** A verdict is in the state already; everything else is the asker's to know. */
function unlessVerdict(cause: unknown): void {
  if (!KeyturnError.from(cause).isVerdict) throw cause;
}
