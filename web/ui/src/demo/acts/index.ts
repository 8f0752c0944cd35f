/**
 * The acts, in the order in which they tell most.
 */
import type { IconName } from "../../components/Icon/Icon.tsx";
import type { Outcome, Stage } from "./act.ts";
import { expire, REQUESTS } from "./expire.ts";
import { loseReply } from "./lost-reply.ts";
import { lunch } from "./lunch.ts";
import { signOutPhone } from "./phone.ts";
import { race } from "./race.ts";
import { steal } from "./thief.ts";

export type ActName = "expire" | "lost-reply" | "race" | "thief" | "lunch" | "phone";

/** Something to be played. */
export interface Act {
  readonly name: ActName;
  /** On its button. */
  readonly title: string;
  /** What will be seen. */
  readonly promise: string;
  readonly icon: IconName;
  readonly play: (stage: Stage) => Promise<Outcome>;
}

export const ACTS: readonly Act[] = [
  {
    name: "expire",
    title: "Expire my token, send ten requests",
    promise: `The clock moves on until the access token has expired. ${REQUESTS} requests fail together: one refresh, ten answers.`,
    icon: "clock",
    play: expire,
  },
  {
    name: "lost-reply",
    title: "Lose the next reply",
    promise: "The server rotates the token, and its answer is lost on the way. Asked again, it hands out the same successor.",
    icon: "mail",
    play: loseReply,
  },
  {
    name: "race",
    title: "Race a second tab",
    promise: "Two tabs refresh at once with the same cookie. The server settles it: one successor for both.",
    icon: "people",
    play: race,
  },
  {
    name: "phone",
    title: "Sign out the phone",
    promise: "Ann ends her phone’s session from here. Its next call is refused, and you see after how many milliseconds.",
    icon: "phone",
    play: signOutPhone,
  },
  {
    name: "lunch",
    title: "Go to lunch",
    promise: "The clock moves on by an hour in which nobody does anything. The session is idle, and over.",
    icon: "leave",
    play: lunch,
  },
  {
    name: "thief",
    title: "Be the thief",
    promise: "A copy of the refresh token is used elsewhere. The session ends, and both sides are told why.",
    icon: "alert",
    play: steal,
  },
];
