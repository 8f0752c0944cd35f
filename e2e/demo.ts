/**
 * `serve --demo` as a test's own server: its clock goes on, and its folder is its own and goes when it stops.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { test as base, expect } from "@playwright/test";

/** The page's address stands last, on a line of its own. */
const INVITATION = /^ {4}(http:\/\/\S+\/demo)$/;

export class Demo {
  private constructor(
    private readonly process: ChildProcess,
    /** Where it was started, for what is pasted into a shell. */
    readonly folder: string,
    /** Address of the page. */
    readonly page: string,
  ) {}

  static async start(): Promise<Demo> {
    const binary = process.env["KEYTURN_BIN"];
    if (!binary) throw new Error("KEYTURN_BIN names no binary: run scripts/e2e");
    const folder = await mkdtemp(join(tmpdir(), "keyturn-demo-e2e-"));
    const flags = ["--demo", "--listen", "127.0.0.1:0", "--set", "throttle.enabled=false"];
    const server = spawn(binary, ["serve", ...flags], {
      cwd: folder,
      env: { PATH: process.env["PATH"], KEYTURN_LOG: "warn" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: server.stdout })) {
      const [, address] = INVITATION.exec(line) ?? [];
      if (address) return new Demo(server, folder, address);
    }
    throw new Error("the demo told no address");
  }

  /** Asks it to stop, which it must do in good order. */
  async stop(): Promise<void> {
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    const [code] = (await ended) as [number];
    await rm(this.folder, { recursive: true });
    expect(code).toBe(0);
  }
}

/** `demo`: a demo of this test's own. */
export const test = base.extend<{ demo: Demo }>({
  demo: async ({}, use) => {
    const demo = await Demo.start();
    await use(demo);
    await demo.stop();
  },
});
