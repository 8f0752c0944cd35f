/**
 * What the page knows beside the client's state: who plays, the clock, the chronicle of the session, and what each act came to.
 *
 * The rule: as the client, it is a store without a framework. One act is played at a time. The chronicle is read again after each refresh that
 * was answered or lost, after each act, and when somebody asks for it.
 *
 * The caveat: what it reads goes by the demo's own routes and is no activity of the session.
 */
import type { Keyturn, KeyturnOptions, Lock } from "@keyturn/client";

import { type Outcome, type Stage, wordsOf } from "./acts/act.ts";
import type { Act, ActName } from "./acts/index.ts";
import { type Backstage, backstageOf, type Facts } from "./backstage.ts";
import { type Chronicle, clockMoved, readOn } from "./chronicle.ts";
import { Traffic } from "./traffic.ts";

/** What the page shows; the same object until something changes. */
export interface Scene {
  readonly facts: Facts | undefined;
  /** Milliseconds that the demo's clock is ahead of this machine's. */
  readonly ahead: number;
  readonly chronicle: Chronicle | undefined;
  /** Being played. */
  readonly playing: ActName | undefined;
  /** Played last. */
  readonly latest: ActName | undefined;
  readonly results: Readonly<Partial<Record<ActName, Result>>>;
  /** How often the page itself has signed the person in. */
  readonly entrances: number;
  /** Why the person could not be signed in, or the demo not be asked. */
  readonly trouble: string | undefined;
}

/** What an act came to, or why it came to nothing. */
export type Result = Came & {
  /** How often the act was played. */
  readonly times: number;
};

type Came = { readonly outcome: Outcome; readonly told: string | undefined } | { readonly failure: string };

export interface Theatre {
  readonly stage: Stage;
  readonly subscribe: (listener: () => void) => () => void;
  readonly getScene: () => Scene;
  /** Asks who plays, and signs the person in unless somebody is. */
  readonly open: () => Promise<void>;
  readonly enter: () => Promise<void>;
  readonly play: (act: Act) => Promise<void>;
  /** Reads the story of the session that is or was last here. */
  readonly read: () => Promise<void>;
}

const EMPTY: Scene = {
  facts: undefined,
  ahead: 0,
  chronicle: undefined,
  playing: undefined,
  latest: undefined,
  results: {},
  entrances: 0,
  trouble: undefined,
};

/** Whoever asks together waits for one lock; these tabs have none. */
const NO_LOCK: Lock = { run: (work) => work() };

export function theatreOf(fetch: typeof globalThis.fetch, create: (options: KeyturnOptions) => Keyturn): Theatre {
  let scene = EMPTY;
  let session: string | undefined;
  let reading: Promise<void> = Promise.resolve();
  const listeners = new Set<() => void>();
  const show = (change: Partial<Scene>): void => {
    scene = { ...scene, ...change };
    for (const listener of [...listeners]) listener();
  };
  const moved = (now: string, by?: string): void => {
    const { chronicle } = scene;
    show({
      ahead: Date.parse(now) - Date.now(),
      ...(chronicle && by ? { chronicle: clockMoved(chronicle, now, by) } : {}),
    });
  };
  const heard = async (path: string): Promise<void> => {
    if (path === "/auth/refresh") await read();
  };
  const traffic = new Traffic(fetch, heard);
  const backstage: Backstage = backstageOf(fetch, moved);
  const keyturn = create({ fetch: traffic.fetch });
  const tab = (): Keyturn => create({ fetch: traffic.fetch, lock: NO_LOCK });
  const stage: Stage = { keyturn, tab, traffic, backstage, now: () => performance.now() };

  /** One after the other, so that no older story overtakes a newer one. */
  const read = (): Promise<void> => {
    session = keyturn.getSnapshot().session?.id ?? session;
    const id = session;
    if (!id) return reading;
    const once = async (): Promise<void> => {
      const story = await backstage.story(id);
      if (session === id) show({ chronicle: readOn(scene.chronicle, story) });
    };
    reading = reading.then(once).catch(() => undefined);
    return reading;
  };
  const enter = async (): Promise<void> => {
    const { facts } = scene;
    if (!facts) return;
    try {
      await keyturn.signIn({ identifier: facts.email, password: facts.password });
      show({ entrances: scene.entrances + 1, trouble: undefined });
      await read();
    } catch (error) {
      show({ trouble: wordsOf(error) });
    }
  };
  const open = async (): Promise<void> => {
    if (scene.facts) return;
    try {
      const facts = await backstage.facts();
      show({ facts, trouble: undefined });
      moved(facts.now);
      await keyturn.start();
      if (keyturn.getSnapshot().status === "authenticated") await read();
      else await enter();
    } catch (error) {
      show({ trouble: wordsOf(error) });
    }
  };
  const play = async (act: Act): Promise<void> => {
    if (scene.playing) return;
    show({ playing: act.name });
    const came = await played(act, stage);
    await read();
    const times = (scene.results[act.name]?.times ?? 0) + 1;
    show({ playing: undefined, latest: act.name, results: { ...scene.results, [act.name]: { ...came, times } } });
  };
  return {
    stage,
    open,
    enter,
    play,
    read,
    getScene: () => scene,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function played(act: Act, stage: Stage): Promise<Came> {
  try {
    const outcome = await act.play(stage);
    const story = await stage.backstage.story(outcome.session).catch(() => undefined);
    return { outcome, told: story?.told };
  } catch (error) {
    return { failure: wordsOf(error) };
  }
}
