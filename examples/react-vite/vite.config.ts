/**
 * Keyturn answers under the page's own origin, as behind a proxy in production: `/auth` goes to it.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/auth": process.env["KEYTURN_URL"] ?? "http://localhost:8080" } },
});
