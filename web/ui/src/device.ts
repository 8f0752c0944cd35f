/**
 * The device and the browser behind a `User-Agent`, as the plain pages name them (`device` in `crates/core/src/words.rs`).
 */
const CLIENTS = [
  ["Edg", "Edge"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
  ["curl/", "curl"],
  ["python-", "Python"],
  ["axios/", "axios"],
] as const;

const SYSTEMS = [
  ["Windows", "Windows"],
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Mac OS", "macOS"],
  ["Linux", "Linux"],
] as const;

export interface Device {
  readonly client: string | undefined;
  readonly system: string | undefined;
  readonly isPhone: boolean;
}

export function deviceOf(userAgent: string | null): Device {
  const found = (known: readonly (readonly [string, string])[]): string | undefined =>
    known.find(([mark]) => userAgent?.includes(mark))?.[1];
  return { client: found(CLIENTS), system: found(SYSTEMS), isPhone: /Android|iPhone|Mobile/.test(userAgent ?? "") };
}
