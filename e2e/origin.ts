/**
 * An origin of an application: files on a free port of the loopback.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";

/** What files are, by their extensions. */
export const TYPES: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };

export class Origin {
  private constructor(private readonly server: Server) {}

  /** Serves these files, by their paths, and what is in these folders, whose paths end with a slash; any query is passed over. */
  static async serving(files: Readonly<Record<string, URL>>): Promise<Origin> {
    const server = createServer((request, response) => {
      const file = fileAt(files, new URL(request.url ?? "/", "http://localhost").pathname);
      if (!file) {
        response.writeHead(404).end();
        return;
      }
      readFile(file).then(
        (content) => response.writeHead(200, { "content-type": TYPES[extname(file.pathname)] }).end(content),
        () => response.writeHead(500).end(),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Origin(server);
  }

  /** Without a slash at the end. */
  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

/** The file at a path; a URL's path has no dots left, so none is above its folder. */
export function fileAt(files: Readonly<Record<string, URL>>, path: string): URL | undefined {
  const folder = Object.keys(files).find((it) => it.length > 1 && it.endsWith("/") && path.startsWith(it));
  return folder === undefined ? files[path] : new URL(path.slice(folder.length), files[folder]);
}
