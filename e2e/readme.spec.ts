/**
 * The five minutes of the packages' READMEs, as they stand there: built, shown on Keyturn's origin, and used.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import { expect, type TestInfo } from "@playwright/test";

import { PASSWORD, test } from "./keyturn.ts";
import { built, shownAt } from "./vite.ts";

declare global {
  interface Window {
    titles: string[];
  }
}

/** The README's first block in this language, as a page of its own. */
async function pageOf(readme: string, language: string, files: Readonly<Record<string, string>>, info: TestInfo): Promise<URL> {
  const text = await readFile(new URL(`../web/${readme}/README.md`, import.meta.url), "utf8");
  const code = text.split(`\`\`\`${language}\n`)[1]?.split("```")[0];
  if (!code) throw new Error(`web/${readme}/README.md has no block in ${language}`);
  const folder = info.outputPath("page");
  await mkdir(folder, { recursive: true });
  await writeFile(
    `${folder}/index.html`,
    '<!doctype html><title>.</title><div id="root"></div><script type="module" src="/main.tsx"></script>',
  );
  await writeFile(`${folder}/readme.tsx`, code);
  for (const [name, content] of Object.entries(files)) await writeFile(`${folder}/${name}`, content);
  return built(pathToFileURL(`${folder}/`), info.outputPath("dist"), "production");
}

test.slow();

test("the client's README says who is signed in, signs in, asks and signs out", async ({ page, keyturn }, info) => {
  const dist = await pageOf("client", "ts", { "main.tsx": 'import "./readme.tsx";\n' }, info);
  await shownAt(page.context(), keyturn.url, dist, ["/"]);
  await page.addInitScript(() => {
    window.titles = [];
    const title = Object.getOwnPropertyDescriptor(Document.prototype, "title");
    const set = (text: string): void => {
      window.titles.push(text);
      title?.set?.call(document, text);
    };
    Object.defineProperty(document, "title", { ...title, set });
  });
  const tasks = page.waitForResponse(`${keyturn.url}/api/tasks`);
  const left = page.waitForResponse(`${keyturn.url}/auth/signout`);
  await page.goto(`${keyturn.url}/`);
  expect([(await tasks).status(), (await left).status()]).toEqual([200, 204]);
  await expect.poll(() => page.title()).toBe("unauthenticated signed_out");
  expect(await page.evaluate(() => window.titles)).toEqual(expect.arrayContaining(["unauthenticated ", "Hello ann@example.org"]));
});

test("React's README shows a form, whom it lets in, and the way out", async ({ page, keyturn }, info) => {
  const main = `import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./readme.tsx";

const root = document.querySelector("#root");
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
`;
  const dist = await pageOf("react", "tsx", { "main.tsx": main }, info);
  await shownAt(page.context(), keyturn.url, dist, ["/"]);
  await page.goto(`${keyturn.url}/`);
  await page.getByLabel("Email").fill("ann@example.org");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).not.toBeEmpty();
  await page.getByLabel("Email").fill("ann@example.org");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Hello ann@example.org")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByLabel("Email")).toBeVisible();
});
