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
    promise: `The clock moves on, ${REQUESTS} requests are refused together: one refresh, ten answers.`,
    icon: "clock",
    play: expire,
  },
  {
    name: "lost-reply",
    title: "Lose the next reply",
    promise: "The token is rotated, the answer lost on the way. Who asks again gets the same successor.",
    icon: "mail",
    play: loseReply,
  },
  {
    name: "race",
    title: "Race a second tab",
    promise: "Two tabs refresh at once with one cookie: one successor for both.",
    icon: "people",
    play: race,
  },
  {
    name: "thief",
    title: "Be the thief",
    promise: "Use a copy of the refresh token: the session ends, both sides are told why.",
    icon: "alert",
    play: steal,
  },
  {
    name: "lunch",
    title: "Go to lunch",
    promise: "An hour in which nobody does anything: the session is idle, and over.",
    icon: "leave",
    play: lunch,
  },
  {
    name: "phone",
    title: "Sign out the phone",
    promise: "Its next call is refused, and you see after how many milliseconds.",
    icon: "phone",
    play: signOutPhone,
  },
];
