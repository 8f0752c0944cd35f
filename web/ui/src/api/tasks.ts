/**
 * Tasks: what is fetched, and what is done with them.
 *
 * The rule: a change names the version that the person saw (`If-Match`), so that nobody's change is lost to another's.
 */
import { infiniteQueryOptions } from "@tanstack/react-query";

import { type Api, answered, type DeletedTask, type Task } from "./api.ts";
import { given, PAGED } from "./queries.ts";

const PAGE = 50;

/** What a change of tasks makes stale. */
export const STALE = [["tasks"]] as const;

/** Which tasks: those to do, those that are done, or both. */
export type Shown = "open" | "done" | "all";

export const tasksQuery = (api: Api, shown: Shown) =>
  infiniteQueryOptions({
    queryKey: ["tasks", shown],
    queryFn: ({ pageParam: cursor }) => {
      const completed = shown === "all" ? {} : { completed: shown === "done" };
      return answered(api.GET("/api/tasks", { params: { query: { ...completed, ...given({ cursor }), limit: PAGE } } }));
    },
    ...PAGED,
  });

export const deletedTasksQuery = (api: Api) =>
  infiniteQueryOptions({
    queryKey: ["tasks", "deleted"],
    queryFn: ({ pageParam: cursor }) =>
      answered(api.GET("/api/tasks/deleted", { params: { query: { ...given({ cursor }), limit: PAGE } } })),
    ...PAGED,
  });

export type TaskChange = Partial<Pick<Task, "title" | "notes" | "completed" | "due_at">>;

export const createTask = (api: Api, title: string): Promise<Task> => answered(api.POST("/api/tasks", { body: { title } }));

export const changeTask = (api: Api, task: Task, body: TaskChange): Promise<Task> =>
  answered(api.PATCH("/api/tasks/{id}", { params: { path: { id: task.id }, header: { "if-match": `"${task.version}"` } }, body }));

export const deleteTask = (api: Api, task: Task): Promise<unknown> =>
  answered(api.DELETE("/api/tasks/{id}", { params: { path: { id: task.id } } }));

export const restoreTask = (api: Api, id: string): Promise<Task> =>
  answered(api.POST("/api/tasks/deleted/{id}/restore", { params: { path: { id } } }));

export const forgetTask = (api: Api, deleted: DeletedTask): Promise<unknown> =>
  answered(api.DELETE("/api/tasks/deleted/{id}", { params: { path: { id: deleted.original_task_id } } }));
