/**
 * The real binary as a test's own server: a fresh folder, free ports, and a clock that stands still until the test moves it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { test as base, expect } from "@playwright/test";

import { Database } from "./database.ts";

/** Where a server keeps its things. */
export type Store = "sqlite" | "postgres";

export const STORES: readonly Store[] = ["sqlite", "postgres"];

export const PASSWORD = "a heron that stands still";

const GREETING_LINES = 8;

export class Keyturn {
  /** Where it serves, without a slash at the end. */
  readonly url: string;
  #ops: string;

  private constructor(
    private process: ChildProcess,
    private readonly folder: string,
    private readonly database: Database | undefined,
    private readonly flags: readonly string[],
    greeting: readonly string[],
  ) {
    this.url = between(greeting[0], " serves ", " (listening");
    this.#ops = opsIn(greeting);
  }

  /** Starts a server whose `http.public_url`, and so its issuer, is where it is found. */
  static async startAtItsIssuer(settings: readonly string[] = [], store: Store = "sqlite"): Promise<Keyturn> {
    const port = await freePort();
    return Keyturn.start([`http.public_url=http://localhost:${port}`, ...settings], port, store);
  }

  /** Starts a server and waits until it has greeted. Port 0: any that is free. */
  static async start(settings: readonly string[] = [], port = 0, store: Store = "sqlite"): Promise<Keyturn> {
    const folder = await mkdtemp(join(tmpdir(), "keyturn-e2e-"));
    const database = store === "postgres" ? await Database.create() : undefined;
    const flags = ["ops.listen=127.0.0.1:0", "throttle.enabled=false", ...settings].flatMap((it) => ["--set", it]);
    const { server, greeting } = await launched(folder, database, flags, port);
    return new Keyturn(server, folder, database, flags, greeting);
  }

  /** Moves the virtual clock, forward only: `29m 59s`. */
  async advance(by: string): Promise<void> {
    await post(`${this.#ops}/test/clock`, { advance: by });
  }

  /** Makes an account, and answers its `user_id`. */
  async signUp(email: string): Promise<string> {
    const { user_id } = await post(`${this.url}/auth/signup`, { email, password: PASSWORD });
    return user_id as string;
  }

  /** Runs a command of the binary on the same folder, beside the server, and answers what it printed. */
  async command(...args: readonly string[]): Promise<string> {
    const binary = process.env["KEYTURN_BIN"] ?? "";
    const child = spawn(binary, ["--data-dir", join(this.folder, "data"), ...args], {
      cwd: this.folder,
      env: environment(this.database),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect(code, `keyturn ${args.join(" ")}`).toBe(0);
    return printed;
  }

  /** The newest letter to this address with a link to this page, once it has come: the link. */
  async linkTo(page: string, address: string): Promise<string> {
    const link = new RegExp(`http://[^\\s"<]*${page}\\?token=[\\w-]+`);
    let found: string | undefined;
    const look = async () => {
      const letters = (await this.letters()).filter((letter) => letter.includes(`\nTo: ${address}\r\n`));
      found = letters.flatMap((letter) => link.exec(letter) ?? []).at(-1);
      return found;
    };
    await expect.poll(look, { message: `a link to ${page} for ${address}` }).toBeDefined();
    return found ?? "";
  }

  /** All letters that were mailed, oldest first, their lines put together again. */
  async letters(): Promise<string[]> {
    const outbox = join(this.folder, "data", "outbox");
    // The folder is made with the first message.
    const names = await readdir(outbox).catch(() => []);
    const files = names.filter((name) => name.endsWith(".eml")).sort();
    const letters = await Promise.all(files.map((name) => readFile(join(outbox, name), "utf8")));
    return letters.map((letter) => letter.replaceAll("=\r\n", "").replaceAll("=3D", "="));
  }

  /** Stops it, and starts it again with the same data at the same address; its clock starts anew as well, at the time of day. */
  async restart(whileDown: () => Promise<void> = async () => undefined): Promise<void> {
    expect(await this.#end()).toBe(0);
    await whileDown();
    const { server, greeting } = await launched(this.folder, this.database, this.flags, Number(new URL(this.url).port));
    this.process = server;
    this.#ops = opsIn(greeting);
  }

  /** Asks it to stop, which it must do in good order. */
  async stop(): Promise<void> {
    const code = await this.#end();
    await rm(this.folder, { recursive: true });
    await this.database?.drop();
    expect(code).toBe(0);
  }

  async #end(): Promise<number> {
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    const [code] = (await ended) as [number];
    return code;
  }
}

/** What a test file may choose of its servers. */
interface Choices {
  /** Where they keep their things. */
  store: Store;
  /** Settings beside the harness' own, like `signup.activation=email`. */
  settings: readonly string[];
  /** Whether Ann has an account from the beginning. */
  ann: boolean;
}

/** `keyturn`: a server with Ann's account, `ann@example.org`. */
export const test = base.extend<Choices & { keyturn: Keyturn }>({
  store: ["sqlite", { option: true }],
  settings: [[], { option: true }],
  ann: [true, { option: true }],
  keyturn: async ({ store, settings, ann }, use) => {
    const keyturn = await Keyturn.start(settings, 0, store);
    if (ann) await keyturn.signUp("ann@example.org");
    await use(keyturn);
    await keyturn.stop();
  },
});

/** Starts the binary and waits until it has greeted. */
async function launched(
  folder: string,
  database: Database | undefined,
  flags: readonly string[],
  port: number,
): Promise<{ server: ChildProcess; greeting: readonly string[] }> {
  const binary = process.env["KEYTURN_BIN"];
  if (!binary) throw new Error("KEYTURN_BIN names no binary: run scripts/e2e");
  const server = spawn(
    binary,
    ["serve", "--data-dir", join(folder, "data"), "--listen", `127.0.0.1:${port}`, "--virtual-clock", ...flags],
    { cwd: folder, env: { ...environment(database), KEYTURN_LOG: "warn" }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const greeting: string[] = [];
  for await (const line of createInterface({ input: server.stdout })) {
    if (greeting.push(line) === GREETING_LINES) break;
  }
  return { server, greeting };
}

/** Where the operators' listener is. */
function opsIn(greeting: readonly string[]): string {
  const line = greeting.find((said) => said.startsWith("Operators:"));
  return between(line, "Operators:  ", "/metrics");
}

/** What the binary is told besides its flags. */
function environment(database: Database | undefined): NodeJS.ProcessEnv {
  const own = { PATH: process.env["PATH"] };
  if (!database) return own;
  return { ...own, KEYTURN_STORE__URL: database.url, KEYTURN_MASTER_SECRET: "e2e-M7pQv1Xc9Lr3Zk5Wn8Bd2Ht6Jy4Gs0Ua" };
}

async function freePort(): Promise<number> {
  const socket = createServer().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, "close");
  return port;
}

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

function between(text: string | undefined, before: string, after: string): string {
  const found = text?.split(before)[1]?.split(after)[0];
  if (!found) throw new Error(`no "${before}" in the greeting: ${text}`);
  return found;
}
