/**
 * Puts a brotli and a gzip form beside each file of the build that gains by it, so that the server compresses nothing itself.
 *
 * The rule: of the files as they were written, since other plugins change chunks until then.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import type { Plugin } from "vite";

/** Smaller files gain less than their headers cost. */
const WORTH_IT = 512;

export function compressed(): Plugin {
  return {
    name: "keyturn-compressed",
    apply: "build",
    writeBundle({ dir = "" }) {
      const written = readdirSync(dir, { recursive: true, encoding: "utf8" });
      for (const name of written.filter((file) => /\.(js|css|svg|json)$/.test(file))) compress(join(dir, name));
    },
  };
}

function compress(path: string): void {
  const source = readFileSync(path);
  if (source.length < WORTH_IT) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(`${path}.br`, brotliCompressSync(source, quality));
  writeFileSync(`${path}.gz`, gzipSync(source, { level: 9 }));
}
