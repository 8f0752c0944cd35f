/**
 * What every component may ask for: the settings, the texts, times in words, and the server.
 */
import type { Keyturn } from "@keyturn/client";
import { createContext, type ReactNode, useContext, useMemo } from "react";

import { type Api, apiOf } from "./api/api.ts";
import type { Settings } from "./settings.ts";
import { type Texts, textsOf } from "./texts.ts";
import { type Times, timesOf } from "./times.ts";

export interface Surroundings {
  readonly settings: Settings;
  readonly t: Texts;
  readonly times: Times;
  readonly keyturn: Keyturn;
  readonly api: Api;
}

const Context = createContext<Surroundings | undefined>(undefined);

interface Props {
  readonly settings: Settings;
  readonly keyturn: Keyturn;
  readonly children: ReactNode;
}

export function SurroundingsProvider({ settings, keyturn, children }: Props): ReactNode {
  const value = useMemo(
    () => ({
      settings,
      keyturn,
      api: apiOf(keyturn),
      t: textsOf(settings.lang, settings.texts),
      times: timesOf(settings.lang),
    }),
    [settings, keyturn],
  );
  return <Context value={value}>{children}</Context>;
}

export function useSurroundings(): Surroundings {
  const surroundings = useContext(Context);
  if (!surroundings) throw new Error("a component stands outside of SurroundingsProvider");
  return surroundings;
}

export function useTexts(): Texts {
  return useSurroundings().t;
}
