/**
 * Begins the interface: reads what the server has filled in, makes the client of sessions, and shows the page of this address.
 */
import { createKeyturn } from "@keyturn/client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Interface } from "./Interface.tsx";
import { settingsOf } from "./settings.ts";
import "./global.css";

const settings = settingsOf(document);
const keyturn = createKeyturn({ signInUrl: `${settings.base}/signin` });
const place = document.getElementById("interface");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <Interface settings={settings} keyturn={keyturn} />
    </StrictMode>,
  );
}
