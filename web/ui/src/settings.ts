/**
 * What the server has filled into the document: name, language, addresses, what is offered, and the texts that are not the built-in ones.
 *
 * The caveat: a document that no server has filled in (the development server's) has the default settings.
 */

/** The fields of `Configured` in `crates/http/src/pages/interface/document.rs`. */
export interface Settings {
  readonly name: string;
  readonly lang: string;
  /** What the interface's addresses begin with; without a slash at the end. */
  readonly base: string;
  /** What the plain pages' addresses begin with. */
  readonly pages: string;
  readonly logo: string | null;
  readonly links: readonly FooterLink[];
  readonly texts: Readonly<Record<string, string>>;
  readonly offers: Offers;
}

export interface FooterLink {
  readonly label: string;
  readonly href: string;
}

/** What there is to be offered. */
export interface Offers {
  readonly sign_up: boolean;
  readonly remember: boolean;
  /** Links by mail. */
  readonly mails: boolean;
  /** Whether an account is activated by such a link. */
  readonly activates: boolean;
  readonly tasks: boolean;
}

export const DEFAULTS: Settings = {
  name: "Keyturn",
  lang: "en",
  base: "/app",
  pages: "",
  logo: null,
  links: [],
  texts: {},
  offers: { sign_up: true, remember: false, mails: true, activates: false, tasks: true },
};

export function settingsOf(document: Document): Settings {
  const filledIn = document.querySelector<HTMLMetaElement>('meta[name="keyturn"]')?.content;
  return filledIn ? (JSON.parse(filledIn) as Settings) : DEFAULTS;
}
