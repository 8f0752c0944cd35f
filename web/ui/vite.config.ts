/**
 * Builds the interface into the folder that the binary carries.
 *
 * The rule: nothing in the build knows its address: files name each other relatively, and the server puts its own address into the
 * document. Texts and the names of colours come from the folder of the plain pages, so that both say and look the same.
 */
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { compressed } from "./build/compressed.ts";
import { configuredForDevelopment } from "./build/development.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env["KEYTURN_URL"] ?? "http://localhost:8080";

export default defineConfig({
  base: "./",
  plugins: [react(), configuredForDevelopment(), compressed()],
  resolve: {
    alias: [
      { find: /^@keyturn\/client$/, replacement: here("../client/src/index.ts") },
      { find: /^@keyturn\/client\/(\w+)$/, replacement: here("../client/src/$1.ts") },
      { find: "@keyturn/react", replacement: here("../react/src/index.ts") },
    ],
  },
  build: {
    outDir: here("../../crates/keyturn/ui/dist"),
    emptyOutDir: true,
    // No picture becomes a data: address, which the policy would refuse.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(["/auth", "/admin/", "/api", "/pages", "/app/theme.css"].map((path) => [path, server])),
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost:8080/app/" } },
    include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.{ts,tsx}"],
    setupFiles: ["test/setup.ts"],
    css: { modules: { classNameStrategy: "non-scoped" } },
    restoreMocks: true,
    testTimeout: 30_000,
  },
});
