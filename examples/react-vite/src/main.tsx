/**
 * Two pages: `/login`, and everything else, which is for people who are signed in.
 */
import { KeyturnProvider } from "@keyturn/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { keyturn } from "./api.ts";
import { Home } from "./home.tsx";
import { LogIn } from "./log_in.tsx";

const root = document.querySelector("#root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <KeyturnProvider keyturn={keyturn}>{location.pathname === "/login" ? <LogIn /> : <Home />}</KeyturnProvider>
    </StrictMode>,
  );
}
