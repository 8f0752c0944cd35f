/**
 * A rough estimate of how hard a password is to guess, while it is typed.
 *
 * The rule: the server decides (`crates/core/src/password/policy.rs`); this must not call strong what is plainly weak. Repeats, rows of
 * the keyboard or the alphabet, a few dozen of the commonest passwords and what is known about the person count for little.
 *
 * The caveat: it knows no dictionary, which would be larger than everything else here; it reckons a word by its letters.
 */
export type Strength = 0 | 1 | 2 | 3 | 4;

export interface Estimate {
  readonly strength: Strength;
  /** Fewer characters than are needed. */
  readonly missing: number;
}

export const LENGTH_MIN = 8;

/** The guesses, as a power of ten, from which on each strength is reached: those of zxcvbn. */
const REACHED = [3, 6, 8, 10] as const;

const COMMON =
  "password passwort qwerty qwertz azerty letmein welcome iloveyou admin login dragon monkey football baseball sunshine princess master shadow superman trustno1 michael keyturn secret summer winter spring autumn hello freedom whatever starwars computer internet";
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm"];

export function estimate(password: string, known: readonly string[] = []): Estimate {
  const characters = [...password.toLowerCase().replaceAll("@", "a").replaceAll("$", "s")];
  const missing = Math.max(0, LENGTH_MIN - [...password].length);
  const guesses = bits(characters.join(""), known) * Math.log10(2);
  const reached = REACHED.filter((least) => guesses >= least).length;
  return { strength: (missing > 0 ? Math.min(reached, 1) : reached) as Strength, missing };
}

/** What each part brings: a part that could be guessed as one brings a little, each other letter what is left to guess of a letter. */
function bits(password: string, known: readonly string[]): number {
  const words = [...COMMON.split(" "), ...known.flatMap(parts)].filter((word) => word.length >= 3);
  const longest = words.sort((one, other) => other.length - one.length);
  let rest = password;
  let sum = 0;
  for (const word of longest) {
    if (!rest.includes(word)) continue;
    rest = rest.replaceAll(word, "\u0000");
    sum += 5;
  }
  return sum + [...rest].reduce((total, letter, at, all) => total + letterBits(letter, all[at - 1], all[at - 2]), 0);
}

function letterBits(letter: string, before: string | undefined, twoBefore: string | undefined): number {
  if (letter === "\u0000") return 0;
  if (before === letter || twoBefore === letter) return 0.4;
  if (before && ROWS.some((row) => row.includes(before + letter) || row.includes(letter + before))) return 0.7;
  if (/\d/.test(letter)) return 2.4;
  if (/[a-z]/.test(letter)) return 2.3;
  return letter === " " ? 1.5 : 4;
}

function parts(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
}
