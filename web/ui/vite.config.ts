/**
 * Builds the interface into the folder that the binary carries.
 *
 * The rule: nothing in the build knows its address: files name each other relatively, and the server puts its own address into the
 * document. Texts and the names of colours come from the folder of the plain pages, so that both say and look the same.
 */
import { fileURLToPath } from "node:url";

import { defineConfig, mergeConfig } from "vitest/config";

import { compressed } from "./build/compressed.ts";
import { configuredForDevelopment } from "./build/development.ts";
import shared from "./vite.shared.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env["KEYTURN_URL"] ?? "http://localhost:8080";

const own = defineConfig({
  base: "./",
  plugins: [configuredForDevelopment(), compressed()],
  build: { outDir: here("../../crates/keyturn/ui/dist") },
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

export default mergeConfig(shared, own);
