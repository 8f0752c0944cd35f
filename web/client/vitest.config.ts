/**
 * Tests of the client: no browser and no server, and time that stands still until a test moves it.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], restoreMocks: true, typecheck: { enabled: true, include: ["test/**/*.test-d.ts"] } },
});
