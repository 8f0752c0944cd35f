/**
 * The session as this tab knows it: who it is, and everything that changes that.
 *
 * The rule: an era lasts until the next sign-in, sign-out, end or change of person. Its signal is aborted then, and what was asked in it is passed
 * over when its answer comes, so that a late refresh never undoes a sign-out and never overwrites a newer sign-in. Everything shown comes
 * from `next` in `machine.ts`.
 *
 * The caveat: in `cookie` delivery the jar is the truth and is shared by all tabs. Where another person signs in, this tab finds out by
 * message, by the next answer, or when it is looked at again.
 */
import type { EndReason, SessionContext, Session as SessionShape, TokenAnswer } from "./api.js";
import type { Message } from "./channel.js";
import { KeyturnError } from "./error.js";
import { hasSession, userIn } from "./context.js";
import { tellInput } from "./heartbeat.js";
import { ends, leaseOf, leaseOfContext } from "./lease.js";
import type { Lock } from "./lock.js";
import { type Happening, next, type Snapshot, START, type User } from "./machine.js";
import type { Setup } from "./options.js";
import { hear } from "./hearing.js";
import { Pause } from "./pause.js";
import { Renewal } from "./renewal.js";
import { leaveForSignIn } from "./sign_in_link.js";
import { Watch } from "./watch.js";
import { Wire } from "./wire.js";

/** A tab that is shown again looks at its session if the last look is older. */
const LOOK_AGAIN = 30_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

export class Session {
  readonly wire: Wire;
  readonly lock: Lock;
  readonly watch: Watch;
  readonly pause: Pause;
  /** How often this tab has got other tokens, itself or through the jar. */
  serial = 0;
  /** The access token, in `hybrid` delivery. */
  token: string | undefined;
  /** Goes on with a sign-out that the server has not heard of. */
  unfinished: (() => Promise<void>) | undefined;

  readonly #renewal: Renewal;
  readonly #listeners = new Set<() => void>();
  #state: Snapshot = START;
  #era = new AbortController();
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** The server's clock less ours, in milliseconds. */
  #serverAhead = 0;
  #starting: Promise<void> | undefined;
  #firstLook: Promise<unknown> | undefined;

  constructor(readonly setup: Setup) {
    this.wire = new Wire(setup.base, setup.fetch, setup.clock);
    this.watch = new Watch(setup, this);
    this.pause = new Pause(setup.clock);
    this.lock = setup.lock(() => this.watch.patience());
    this.#renewal = new Renewal(this, this.wire, this.lock, setup.random);
  }

  get snapshot(): Snapshot {
    return this.#state;
  }

  /** Aborted when what is asked now will belong to the past. */
  get era(): AbortSignal {
    return this.#era.signal;
  }

  get notBefore(): number {
    return this.#renewal.notBefore;
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
    this.#renewal.forget();
    this.pause.end();
    return this.era;
  }

  happened(happening: Happening): void {
    const before = this.#state;
    this.#state = next(before, happening);
    if (this.#state === before) return;
    for (const listener of [...this.#listeners]) listener();
    if (this.#state.status === "expired" && before.status !== "expired") leaveForSignIn(this.setup);
  }

  /** Takes what a sign-in or a refresh answered. */
  async accept(answer: TokenAnswer): Promise<void> {
    const { access_token, refresh_token: _none, ...renewed } = answer;
    const { session, user } = this.#state;
    const isSame = session?.id === answer.session.id;
    // Where nobody was known yet, as after a reload, what was asked was asked by whoever this is.
    const era = session && !isSame ? this.newEra() : this.era;
    this.token = this.setup.delivery === "hybrid" ? access_token : undefined;
    this.serial += 1;
    this.#serverAhead = Date.parse(answer.next_refresh) - answer.refresh_in * 1000 - this.setup.clock.wall();
    this.watch.told();
    this.watch.hold(leaseOf(renewed, this.setup.clock.now(), this.setup.random()));
    const known = (isSame && user) || (await this.#userOf(answer));
    if (era.aborted) return;
    this.happened({ type: "recognised", user: known, session: answer.session });
    this.watch.tell({ type: "renewed", answer: renewed });
  }

  renew(): Promise<void> {
    return this.#renewal.renew();
  }

  /** Asks the server about the session. Rejects where that leaves it unknown. */
  async look(): Promise<void> {
    const { era } = this;
    this.#lookedAt = this.setup.clock.now();
    try {
      // After a reload the access token of a hybrid session is gone: only a renewal can tell.
      if (this.setup.delivery === "hybrid" && !this.token) return await this.renew();
      const context = await this.#context(era);
      if (!era.aborted) this.#adopt(context);
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
    if (error.isPassing) this.unanswered();
    else if (error.code === "session-ended") this.end({ type: "ended", reason: error.reason }, error.reason);
    else if (error.isVerdict) this.end({ type: "nobody" }, undefined);
  }

  /** What the server said about one request. Another tab may have signed in since it was sent: then the jar holds another session. */
  refused(error: KeyturnError): void {
    const { status } = this.#state;
    if (error.code === "credentials-missing" && status === "unauthenticated") this.happened({ type: "refused" });
    if (!error.isVerdict || status !== "authenticated") return;
    if (error.code === "session-ended" && error.reason !== "replaced" && error.reason !== "signed_out") {
      this.judged(error);
      return;
    }
    this.token = undefined;
    this.look().catch(() => undefined);
  }

  unanswered(): void {
    this.happened({ type: "unanswered" });
  }

  due(action: "renew" | "tell" | "ask"): void {
    const done = action === "tell" ? tellInput(this) : this.renew();
    done.catch(() => undefined);
  }

  warned(endsInSeconds: number | undefined): void {
    this.happened(endsInSeconds === undefined ? { type: "unwarned" } : { type: "warned", endsInSeconds });
  }

  heard(message: Message, age: number): void {
    hear(this, message, age);
  }

  /** The session's ends have moved, so many milliseconds ago. */
  prolonged(session: SessionShape, age: number): void {
    const { lease } = this.watch;
    const { user, session: known } = this.#state;
    if (!lease || !user || known?.id !== session.id) return;
    const { clock } = this.setup;
    const moved = ends(session, clock.now() - age, clock.wall() - age + this.#serverAhead);
    this.watch.hold({ ...lease, ...moved, idleEndsAt: Math.max(lease.idleEndsAt, moved.idleEndsAt) });
    this.happened({ type: "recognised", user, session });
  }

  /** What shows who asks, in `hybrid` delivery. */
  bearer(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  woke(isVisible: boolean): void {
    this.#renewal.recover();
    this.pause.end();
    this.unfinished?.().catch(() => undefined);
    const isLongAgo = this.setup.clock.now() - this.#lookedAt >= LOOK_AGAIN;
    if (isVisible && isLongAgo && this.#state.status !== "authenticating") this.look().catch(() => undefined);
  }

  /** Resolves when a request may go out: it is known who asks, and no sign-out is left over. */
  async ready(): Promise<void> {
    if (this.setup.delivery === "hybrid") await this.#firstLook;
    await this.unfinished?.();
  }

  /** The session is over for this tab; `told` is passed on to the others. */
  end(happening: Happening, told: EndReason | undefined): void {
    const session = this.#state.session?.id;
    this.forget();
    this.happened(happening);
    if (session && told) this.watch.tell({ type: "ended", session, reason: told });
  }

  /** Lets go of everything that belongs to the session; answers the new era. */
  forget(): AbortSignal {
    this.token = undefined;
    this.wire.forgetCsrf();
    this.watch.hold(undefined);
    return this.newEra();
  }

  /** Somebody else may be signed in: finds out who. */
  lookAnew(): void {
    this.forget();
    this.look().catch(() => undefined);
  }

  async #begin(): Promise<void> {
    this.watch.open();
    const { era } = this;
    for (let pause = FIRST_PAUSE; !era.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const looked = this.look();
      this.#firstLook ??= looked.catch(() => undefined);
      try {
        return await looked;
      } catch (cause) {
        if (era.aborted) return;
        if (!KeyturnError.from(cause).isPassing) {
          this.happened({ type: "nobody" });
          throw cause;
        }
      }
      await this.pause.wait(pause);
    }
  }

  async #context(signal: AbortSignal): Promise<SessionContext> {
    const response = await this.wire.ask("/auth/session", {
      signal,
      headers: { ...this.bearer(), ...(this.watch.isRecentlyActive() ? {} : { "keyturn-passive": "1" }) },
    });
    return (await response.json()) as SessionContext;
  }

  #adopt(context: SessionContext): void {
    if (!hasSession(context)) {
      this.end({ type: "nobody" }, undefined);
      return;
    }
    const isSame = this.#state.session?.id === context.session.id;
    if (this.#state.session && !isSame) this.newEra();
    const { clock, random } = this.setup;
    const held = isSame ? this.watch.lease : undefined;
    this.happened({ type: "recognised", user: userIn(context), session: context.session });
    this.watch.hold(leaseOfContext(context, clock.now(), clock.wall() + this.#serverAhead, random(), held));
  }

  /** Who a token answer is about, with what it doesn't say. */
  async #userOf({ user_id, email }: TokenAnswer): Promise<User> {
    const context = await this.#context(this.era).catch(() => undefined);
    if (context?.user_id === user_id) return userIn(context);
    return { id: user_id, email, username: null, permissions: [] };
  }
}

/** A verdict is in the state already; everything else is the asker's to know. */
function unlessVerdict(cause: unknown): void {
  if (!(cause instanceof KeyturnError) || !cause.isVerdict) throw cause;
}
