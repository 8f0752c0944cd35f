/**
 * What the interface says: texts by name, from the catalogue of the plain pages' folder, some replaced by the configuration.
 *
 * The rule: components hold no words of their own. What stands in braces is filled in, and may be left out.
 */
import catalogue from "../../../crates/http/src/pages/assets/interface.json" with { type: "json" };

export type TextName = keyof typeof catalogue;
export type Values = Readonly<Record<string, string | number>>;

/** Names that come in a form for one and a form for several. */
export type Counted = TextName extends infer Name ? (Name extends `${infer Stem}_one` ? Stem : never) : never;

export interface Texts {
  /** The text of this name, filled in. */
  (name: TextName, values?: Values): string;
  /** The form for this number, which is filled in as `{count}`. */
  counted(stem: Counted, count: number): string;
  /** The text for a code that the server has sent; the code itself where it has none. */
  forCode(prefix: string, code: string): string;
}

export function textsOf(lang: string, replaced: Readonly<Record<string, string>>): Texts {
  const all: Readonly<Record<string, string>> = { ...catalogue, ...replaced };
  const plural = new Intl.PluralRules(lang);
  const text = (name: TextName, values: Values = {}): string => filled(all[name] ?? name, values);
  const counted = (stem: Counted, count: number): string =>
    text(`${stem}_${plural.select(count) === "one" ? "one" : "other"}` as TextName, { count });
  const forCode = (prefix: string, code: string): string => all[`${prefix}_${code}`] ?? code;
  return Object.assign(text, { counted, forCode });
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
}
