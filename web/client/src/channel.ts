/**
 * What the tabs of one browser tell each other.
 *
 * The rule: no message holds a token or anything that could be presented as one. A message is a hint: whoever gets it asks the server, or
 * changes what it shows, and never treats it as proof.
 *
 * The caveat: messages may be late (a frozen tab gets them when it wakes) or missing (no BroadcastChannel), so each carries the wall
 * clock's time and nothing depends on one.
 */
import type { EndReason, Session, TokenAnswer } from "./api.js";

/** Token answers as tabs pass them on: without the tokens. */
export type Renewed = Omit<TokenAnswer, "access_token" | "refresh_token">;

/** What a tab says; `at` is its wall clock in milliseconds. */
export type Message =
  /** The person did something. */
  | { readonly type: "input"; readonly at: number }
  /** The session was renewed. */
  | { readonly type: "renewed"; readonly at: number; readonly answer: Renewed }
  /** The server was told of input: when the session ends now. */
  | { readonly type: "told"; readonly at: number; readonly state: Session }
  /** Somebody signed in. */
  | { readonly type: "signed-in"; readonly at: number }
  /** This session is over. */
  | { readonly type: "ended"; readonly at: number; readonly session: string; readonly reason: EndReason };

/** A line to the other tabs; tests bring their own. */
export interface Channel {
  send(message: Message): void;
  /** Hears what other tabs send, from now on. */
  listen(hear: (message: Message) => void): void;
  close(): void;
}

/** The browser's BroadcastChannel, or silence where it has none. The name says which messages are spoken. */
export function broadcastChannel(name: string): Channel {
  const channel = globalThis.BroadcastChannel && new BroadcastChannel(name);
  return {
    send: (message) => channel?.postMessage(message),
    listen(hear) {
      channel?.addEventListener("message", ({ data }: MessageEvent<Message>) => hear(data));
    },
    close: () => channel?.close(),
  };
}
