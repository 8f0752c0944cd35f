/**
 * What the server fills into the document, for `npm run dev`: the default settings, with the style sheet of a server on port 8080.
 */
import type { Plugin } from "vite";

const HEAD = `<title>Keyturn</title>
<link rel="icon" href="/pages/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/app/theme.css">`;

export function configuredForDevelopment(): Plugin {
  return {
    name: "keyturn-development",
    apply: "serve",
    transformIndexHtml: (html) => html.replace("<!--keyturn:head-->", HEAD),
  };
}
