/**
 * Builds the demo's page into a folder of its own, which `serve --demo` alone serves.
 *
 * The rule: nothing of it stands among the interface's files, whose first load stays as it is.
 */
import { fileURLToPath } from "node:url";

import { defineConfig, mergeConfig } from "vite";

import shared from "./vite.shared.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default mergeConfig(
  shared,
  defineConfig({
    base: "/demo/",
    build: {
      outDir: here("../../crates/keyturn/ui/demo"),
      rolldownOptions: { input: here("demo.html") },
    },
  }),
);
