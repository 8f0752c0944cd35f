/**
 * What the builds of the interface and of the demo's page have in common.
 */
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { UserConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const shared: UserConfig = {
  plugins: [react()],
  resolve: {
    alias: [
      { find: /^@keyturn\/client$/, replacement: here("../client/src/index.ts") },
      { find: /^@keyturn\/client\/(\w+)$/, replacement: here("../client/src/$1.ts") },
      { find: "@keyturn/react", replacement: here("../react/src/index.ts") },
    ],
  },
  build: {
    emptyOutDir: true,
    // No picture becomes a data: address, which the policy would refuse.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
};

export default shared;
