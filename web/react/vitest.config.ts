/**
 * Tests of the components, in a document without a browser.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.tsx"],
    environment: "jsdom",
    restoreMocks: true,
    typecheck: { enabled: true, include: ["test/**/*.test-d.tsx"] },
  },
});
