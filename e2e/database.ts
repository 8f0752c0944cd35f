/**
 * A PostgreSQL database for one server, in the cluster that `scripts/with-postgres` has started for the run. Without one a test that
 * asks for it fails, and says how to run it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

let count = 0;

export class Database {
  private constructor(
    /** Its address, for the server. */
    readonly url: string,
    private readonly name: string,
  ) {}

  /** An empty one. */
  static async create(): Promise<Database> {
    const name = `keyturn_e2e_${process.pid}_${count++}`;
    await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await run(`CREATE DATABASE ${name} TEMPLATE template0`);
    return new Database(cluster().replace(/\/[^/]*$/, `/${name}`), name);
  }

  async drop(): Promise<void> {
    await run(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }
}

/** The URL of a superuser. */
function cluster(): string {
  const url = process.env["KEYTURN_TEST_POSTGRES"];
  if (!url) throw new Error("this test needs a PostgreSQL cluster: run by scripts/with-postgres");
  return url;
}

async function run(sql: string): Promise<void> {
  const psql = process.env["KEYTURN_TEST_PSQL"] ?? "psql";
  const child = spawn(psql, ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", sql, cluster()], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`psql: ${said}`);
}
