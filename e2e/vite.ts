/**
 * Builds a page with Vite, as its users do.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import type { BrowserContext } from "@playwright/test";

import { fileAt, TYPES } from "./origin.ts";

/** Builds the page in this folder into that one; `development` has React check what it checks for developers, StrictMode's double mounting included. */
export async function built(root: URL, into: string, mode: "production" | "development"): Promise<URL> {
  const folder = fileURLToPath(root);
  const child = spawn("npx", ["vite", "build", folder, "--mode", mode, "--logLevel", "warn", "--outDir", into, "--emptyOutDir"], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: mode },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`vite build in ${root}: ${said}`);
  return pathToFileURL(`${into}/`);
}

/** Has this browser find a built page at the origin, at these paths, as a proxy in front of both it and Keyturn does. */
export async function shownAt(context: BrowserContext, origin: string, dist: URL, paths: readonly string[]): Promise<void> {
  const index = new URL("index.html", dist);
  const files = { ...Object.fromEntries(paths.map((path) => [path, index])), "/assets/": new URL("assets/", dist) };
  await context.route(
    (url) => url.origin === origin && !/^\/(auth|api)\//.test(url.pathname),
    async (route) => {
      const file = fileAt(files, new URL(route.request().url()).pathname);
      if (!file) return route.fulfill({ status: 404 });
      await route.fulfill({ body: await readFile(file), contentType: TYPES[extname(file.pathname)] ?? "text/plain" });
    },
  );
}
