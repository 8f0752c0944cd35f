/**
 * Begins the demo's page: its client is a tab of the person's browser like the application in the frame, with a `fetch` that is listened to.
 */
import { createKeyturn } from "@keyturn/client";
import { KeyturnProvider } from "@keyturn/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Page } from "./Page.tsx";
import { theatreOf } from "./theatre.ts";
import "../global.css";

const application = document.querySelector<HTMLMetaElement>('meta[name="keyturn-application"]')?.content ?? "/app/";
const theatre = theatreOf((...asked) => globalThis.fetch(...asked), createKeyturn);
const place = document.getElementById("demo");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <KeyturnProvider keyturn={theatre.stage.keyturn}>
        <Page theatre={theatre} application={application} address={globalThis.location.origin} />
      </KeyturnProvider>
    </StrictMode>,
  );
}
