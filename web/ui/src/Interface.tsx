/**
 * Everything around the pages: the session, what every component may ask for, what was fetched, and the addresses.
 */
import { type Keyturn, KeyturnError } from "@keyturn/client";
import { KeyturnProvider } from "@keyturn/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type RouterHistory, RouterProvider } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";

import { routerOf } from "./router.tsx";
import type { Settings } from "./settings.ts";
import { SurroundingsProvider } from "./surroundings.tsx";

/** What was fetched is shown again at once, and asked for anew if it is older. */
const FRESH = 10_000;

interface Props {
  readonly settings: Settings;
  readonly keyturn: Keyturn;
  /** Other addresses than the browser's, for tests. */
  readonly history?: RouterHistory;
}

export function Interface({ settings, keyturn, history }: Props): ReactNode {
  const queries = useMemo(queriesOf, []);
  const router = useMemo(() => routerOf(settings, history), [settings, history]);
  return (
    <KeyturnProvider keyturn={keyturn}>
      <SurroundingsProvider settings={settings} keyturn={keyturn}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </SurroundingsProvider>
    </KeyturnProvider>
  );
}

function queriesOf(): QueryClient {
  const retry = (failures: number, error: Error): boolean => failures < 2 && KeyturnError.from(error).isPassing;
  return new QueryClient({ defaultOptions: { queries: { staleTime: FRESH, retry } } });
}
