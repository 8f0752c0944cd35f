/**
 * One component, or the whole interface at an address, as a person would see it.
 */
import { createKeyturn, type Keyturn } from "@keyturn/client";
import { createMemoryHistory } from "@tanstack/react-router";
import { render, type RenderResult } from "@testing-library/react";
import type { ReactNode } from "react";

import { Interface } from "../src/Interface.tsx";
import { DEFAULTS, type Offers, type Settings } from "../src/settings.ts";
import { SurroundingsProvider } from "../src/surroundings.tsx";

/** A client that has not begun, for components that ask nothing. */
export function shown(component: ReactNode): RenderResult {
  return render(component, {
    wrapper: ({ children }) => (
      <SurroundingsProvider settings={DEFAULTS} keyturn={createKeyturn()}>
        {children}
      </SurroundingsProvider>
    ),
  });
}

export interface Opened extends RenderResult {
  readonly keyturn: Keyturn;
  /** Where the person is now, below the interface's path. */
  readonly address: () => string;
}

/** The interface at this address; the server is `server`. */
export function opened(address: string, offers: Partial<Offers> = {}, settings: Partial<Settings> = {}): Opened {
  const history = createMemoryHistory({ initialEntries: [`/app${address}`] });
  const keyturn = createKeyturn();
  const configured = { ...DEFAULTS, ...settings, offers: { ...DEFAULTS.offers, tasks: false, ...offers } };
  const result = render(<Interface settings={configured} keyturn={keyturn} history={history} />);
  return { ...result, keyturn, address: () => history.location.href.replace(/^\/app/, "") };
}
