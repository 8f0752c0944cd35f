/**
 * Tasks, as a person works with them; the server is played at the network, with a list that remembers.
 */
import type { components } from "@keyturn/client/schema";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";

import { signedIn, task } from "./fixtures.ts";
import { problem, server } from "./server.ts";
import { opened } from "./shown.tsx";

type Task = components["schemas"]["Task"];

const TASKS = { tasks: true };

/** What is on the server. */
function kept(...tasks: Task[]): { tasks: Task[]; deleted: Task[]; versions: string[] } {
  const state = { tasks, deleted: [] as Task[], versions: [] as string[] };
  const deleted = (was: Task) => ({
    original_task_id: was.id,
    task_data: was,
    deleted_by_user_id: "ann",
    deleted_at: "2026-11-20T08:00:00Z",
    restorable_until: "2096-12-20T08:00:00Z",
  });
  const move = (from: Task[], to: Task[], id: unknown): Task | undefined => {
    const at = from.findIndex((one) => one.id === id);
    const [moved] = at < 0 ? [] : from.splice(at, 1);
    if (moved) to.push(moved);
    return moved;
  };
  server.use(
    http.get("*/api/tasks", ({ request }) => {
      const completed = new URL(request.url).searchParams.get("completed");
      const items = state.tasks.filter((one) => completed === null || String(one.completed) === completed);
      return HttpResponse.json({ items, next: null });
    }),
    http.get("*/api/tasks/deleted", () => HttpResponse.json({ items: state.deleted.map(deleted), next: null })),
    http.post("*/api/tasks", async ({ request }) => {
      const made = task({ id: `new-${state.tasks.length}`, ...((await request.json()) as Partial<Task>) });
      state.tasks.unshift(made);
      return HttpResponse.json(made, { status: 201 });
    }),
    http.patch("*/api/tasks/:id", async ({ params, request }) => {
      const version = request.headers.get("if-match") ?? "";
      state.versions.push(version);
      const found = state.tasks.find((one) => one.id === params["id"]);
      if (!found || version !== `"${found.version}"`) return problem("version-mismatch", 412);
      Object.assign(found, await request.json(), { version: found.version + 1 });
      return HttpResponse.json(found);
    }),
    http.delete("*/api/tasks/deleted/:id", ({ params }) => {
      move(state.deleted, [], params["id"]);
      return new HttpResponse(null, { status: 204 });
    }),
    http.delete("*/api/tasks/:id", ({ params }) => {
      move(state.tasks, state.deleted, params["id"]);
      return new HttpResponse(null, { status: 204 });
    }),
    http.post("*/api/tasks/deleted/:id/restore", ({ params }) => HttpResponse.json(move(state.deleted, state.tasks, params["id"]))),
  );
  return state;
}

beforeEach(() => server.use(http.get("*/auth/session", () => HttpResponse.json(signedIn()))));

test("R5.5 a task is written down, and the field is ready for the next", async () => {
  kept();
  opened("/", TASKS);
  await screen.findByRole("heading", { name: "Nothing to do" });
  const field = screen.getByLabelText("What is to be done?");
  await userEvent.type(field, "  Buy milk {Enter}");
  expect(await screen.findByText("Buy milk")).toBeInTheDocument();
  expect(field).toHaveValue("");
  await userEvent.type(field, "   {Enter}");
  expect(within(screen.getByRole("main")).getAllByRole("listitem")).toHaveLength(1);
});

test("R5.5 what could not be written down stays in the field", async () => {
  kept();
  server.use(http.post("*/api/tasks", () => problem("store-unavailable", 503)));
  opened("/tasks", TASKS);
  const field = await screen.findByLabelText("What is to be done?");
  await userEvent.type(field, "Buy milk{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Nothing is lost");
  expect(field).toHaveValue("Buy milk");
});

test("R5.5 what is done leaves the list, and stands with what is done", async () => {
  kept(task(), task({ id: "other", title: "Sleep" }));
  opened("/tasks", TASKS);
  await userEvent.click(await screen.findByRole("checkbox", { name: "Mark “Buy milk” as done" }));
  await waitFor(() => expect(screen.queryByText("Buy milk")).not.toBeInTheDocument());
  expect(screen.getByText("Sleep")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("link", { name: "Done" }));
  expect(await screen.findByRole("checkbox", { name: "Mark “Buy milk” as not done" })).toBeChecked();
});

test("R5.3 R5.5 what was deleted comes back by one click", async () => {
  const state = kept(task());
  opened("/tasks", TASKS);
  await userEvent.click(await screen.findByRole("button", { name: "Delete “Buy milk”" }));
  await screen.findByText("“Buy milk” is deleted.");
  await waitFor(() => expect(screen.queryByText("Buy milk")).not.toBeInTheDocument());
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(await screen.findByText("Buy milk")).toBeInTheDocument();
  expect(state.deleted).toEqual([]);
});

test("R5.5 a change that somebody else made first is not overwritten", async () => {
  const state = kept(task());
  opened("/tasks", TASKS);
  await userEvent.click(await screen.findByRole("button", { name: "Edit “Buy milk”" }));
  const [on] = state.tasks;
  if (on) on.version = 2;
  const dialog = screen.getByRole("dialog", { name: "Edit the task" });
  await userEvent.clear(within(dialog).getByLabelText("Title"));
  await userEvent.type(within(dialog).getByLabelText("Title"), "Buy oat milk");
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("changed somewhere else");
  expect(state.tasks[0]?.title).toBe("Buy milk");
  expect(state.versions).toEqual(['"1"']);
});

test("R5.5 title, notes and the time when it is due can be changed", async () => {
  const state = kept(task());
  opened("/tasks", TASKS);
  await userEvent.click(await screen.findByRole("button", { name: "Edit “Buy milk”" }));
  const dialog = screen.getByRole("dialog", { name: "Edit the task" });
  await userEvent.type(within(dialog).getByLabelText("Notes (optional)"), "Two bottles");
  await userEvent.type(within(dialog).getByLabelText("Due (optional)"), "2026-12-01T17:00");
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Two bottles")).toBeInTheDocument();
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(state.tasks[0]?.due_at).toBe(new Date("2026-12-01T17:00").toISOString());
});

test("R5.3 R5.5 a deleted task shows the time that is left, is restored, or goes for good", async () => {
  const state = kept(task(), task({ id: "other", title: "Sleep" }));
  state.deleted.push(...state.tasks.splice(0));
  opened("/tasks/deleted", TASKS);
  const row = await screen.findByText("Buy milk").then((title) => title.closest("li"));
  expect(row).toHaveTextContent(/Gone for good in \d+ years/);
  await userEvent.click(screen.getByRole("button", { name: "Restore “Buy milk”" }));
  await waitFor(() => expect(state.tasks.map((one) => one.title)).toEqual(["Buy milk"]));
  await userEvent.click(screen.getByRole("button", { name: "Delete “Sleep” for good" }));
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Delete for good" }));
  expect(await screen.findByText("“Sleep” is gone for good.")).toBeInTheDocument();
  expect(await screen.findByRole("heading", { name: "Nothing is deleted" })).toBeInTheDocument();
});
