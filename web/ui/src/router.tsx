/**
 * Which address shows which page. Each page is fetched when it is first wanted, or when a link to it is pointed at.
 *
 * The rule: everything after `?` is text; no value is guessed to be a number or an object.
 */
import { type AnyRouter, createRootRoute, createRoute, createRouter, lazyRouteComponent, type RouterHistory } from "@tanstack/react-router";

import { AfterSignOut, Home } from "./routes/Home.tsx";
import { NotFound } from "./routes/NotFound.tsx";
import { PageFailed } from "./routes/PageFailed.tsx";
import { SignIn } from "./routes/SignIn.tsx";
import type { Settings } from "./settings.ts";
import { Entrance } from "./shell/Entrance.tsx";
import { Shell } from "./shell/Shell.tsx";

/** What may stand after `?`. */
type Asked<Name extends string> = { readonly [name in Name]?: string };

const text =
  <Name extends string>(...names: readonly Name[]) =>
  (search: Record<string, unknown>): Asked<Name> =>
    Object.fromEntries(names.filter((name) => typeof search[name] === "string").map((name) => [name, search[name]])) as Asked<Name>;

const DONE = ["reset", "activated"] as const;
const signInSearch = (search: Record<string, unknown>): Asked<"return_to" | "reason"> & { done?: (typeof DONE)[number] } => {
  const done = DONE.find((known) => known === search["done"]);
  return { ...text("return_to", "reason")(search), ...(done ? { done } : {}) };
};

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: PageFailed });
const entrance = createRoute({ getParentRoute: () => root, id: "entrance", component: Entrance });
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const entrances = [
  createRoute({ getParentRoute: () => entrance, path: "signin", validateSearch: signInSearch, component: SignIn }),
  createRoute({
    getParentRoute: () => entrance,
    path: "signup",
    validateSearch: text("return_to"),
    component: lazyRouteComponent(() => import("./routes/SignUp.tsx"), "SignUp"),
  }),
  createRoute({
    getParentRoute: () => entrance,
    path: "forgot",
    component: lazyRouteComponent(() => import("./routes/LinkWanted.tsx"), "Forgot"),
  }),
  createRoute({
    getParentRoute: () => entrance,
    path: "activate/resend",
    component: lazyRouteComponent(() => import("./routes/LinkWanted.tsx"), "Resend"),
  }),
  createRoute({
    getParentRoute: () => entrance,
    path: "reset",
    validateSearch: text("token"),
    component: lazyRouteComponent(() => import("./routes/LinkUsed.tsx"), "Reset"),
  }),
  createRoute({
    getParentRoute: () => entrance,
    path: "activate",
    validateSearch: text("token"),
    component: lazyRouteComponent(() => import("./routes/LinkUsed.tsx"), "Activate"),
  }),
  createRoute({
    getParentRoute: () => entrance,
    path: "goodbye",
    validateSearch: text("done"),
    component: AfterSignOut,
  }),
] as const;

const places = [
  createRoute({ getParentRoute: () => shell, path: "/", component: Home }),
  createRoute({
    getParentRoute: () => shell,
    path: "sessions",
    component: lazyRouteComponent(() => import("./routes/Sessions.tsx"), "Sessions"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "account",
    component: lazyRouteComponent(() => import("./routes/Account.tsx"), "Account"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "admin/users",
    validateSearch: text("q", "state", "cursor"),
    component: lazyRouteComponent(() => import("./routes/admin/Users.tsx"), "Users"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "admin/users/new",
    component: lazyRouteComponent(() => import("./routes/admin/NewUser.tsx"), "NewUser"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "admin/users/$id",
    component: lazyRouteComponent(() => import("./routes/admin/UserPage.tsx"), "UserPage"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "admin/sessions",
    validateSearch: text("user", "state", "cursor"),
    component: lazyRouteComponent(() => import("./routes/admin/AllSessions.tsx"), "AllSessions"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "admin/sessions/$id",
    component: lazyRouteComponent(() => import("./routes/admin/Story.tsx"), "Story"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "admin/audit",
    validateSearch: text("user", "session", "cursor"),
    component: lazyRouteComponent(() => import("./routes/admin/Audit.tsx"), "Audit"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "tasks",
    validateSearch: text("show"),
    component: lazyRouteComponent(() => import("./routes/Tasks.tsx"), "Tasks"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "tasks/deleted",
    component: lazyRouteComponent(() => import("./routes/DeletedTasks.tsx"), "DeletedTasks"),
  }),
] as const;

const tree = root.addChildren([entrance.addChildren(entrances), shell.addChildren(places)]);

const routerIn = (settings: Settings, history?: RouterHistory) =>
  createRouter({
    routeTree: tree,
    basepath: settings.base,
    defaultPreload: "intent",
    scrollRestoration: true,
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: searchText,
    ...(history ? { history } : {}),
  });

type Router = ReturnType<typeof routerIn>;

export function routerOf(settings: Settings, history?: RouterHistory): Router & AnyRouter {
  return routerIn(settings, history);
}

function searchText(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => typeof value === "string" && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given as [string, string][])}`;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: Router;
  }
}
