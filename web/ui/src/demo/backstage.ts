/**
 * What only the demo's server can do: move the clock, lose a reply, be a thief, use the phone, tell a session's story.
 *
 * The rule: the shapes are those of `crates/keyturn/src/commands/serve/demo/routes.rs`, which are no part of the API's description.
 */

/** Who plays. */
export interface Facts {
  readonly email: string;
  readonly password: string;
  /** By the demo's clock. */
  readonly now: string;
  readonly phone_session_id: string | null;
  /** What a shell is told to explain a session, but for its id. */
  readonly explain: string;
}

/** What somebody else was answered. */
export interface Told {
  readonly status: number;
  readonly body: { readonly code?: string; readonly reason?: string } | null;
}

/** What the phone's call came to. */
export interface PhoneCall extends Told {
  /** Its access token had expired, and it got another. */
  readonly refreshed: boolean;
}

/** Why a session ended, in words. */
export interface End {
  readonly reason: string;
  readonly meaning: string;
  readonly sentence: string;
  readonly advice: string;
}

/** A session's story, as `keyturn explain` knows it. */
export interface Story {
  readonly session_id: string;
  readonly generation: number;
  readonly session_start: string;
  readonly last_refresh: string;
  readonly idle_ends_at: string;
  readonly ends_at: string;
  readonly ended_at: string | null;
  readonly end: End | null;
  readonly timeline: readonly { readonly at: string; readonly text: string; readonly by: string }[];
  readonly events: readonly { readonly at: string; readonly kind: string; readonly text: string }[];
  /** What `keyturn explain` prints. */
  readonly told: string;
}

export interface Backstage {
  facts(): Promise<Facts>;
  /** Moves the clock forward: `31m`, `15s`. Answers its time. */
  advance(by: string): Promise<string>;
  /** The reply to the next refresh of this browser is lost. */
  loseReply(): Promise<void>;
  /** A thief refreshes with a copy of this browser's refresh token. */
  steal(): Promise<Told>;
  callPhone(): Promise<PhoneCall>;
  signInPhone(): Promise<void>;
  story(session: string): Promise<Story>;
}

/** `moved` hears of each move of the clock. */
export function backstageOf(fetch: typeof globalThis.fetch, moved: (now: string, by: string) => void): Backstage {
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`/demo${path}`, body === undefined ? {} : post);
    const text = await answer.text();
    const read: unknown = text === "" ? undefined : JSON.parse(text);
    if (!answer.ok) throw new Error((read as { detail?: string } | undefined)?.detail ?? `The demo answered ${answer.status}.`);
    return read as T;
  };
  return {
    facts: () => ask("/facts"),
    advance: async (by) => {
      const { now } = await ask<{ now: string }>("/clock", { advance: by });
      moved(now, by);
      return now;
    },
    loseReply: () => ask("/lost-reply", null),
    steal: () => ask("/thief", null),
    callPhone: () => ask("/phone/call", null),
    signInPhone: async () => {
      await ask("/phone/signin", null);
    },
    story: (session) => ask(`/sessions/${encodeURIComponent(session)}/story`),
  };
}
