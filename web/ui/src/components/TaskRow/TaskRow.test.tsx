import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { task } from "../../../test/fixtures.ts";
import { shown } from "../../../test/shown.tsx";
import { TaskRow } from "./TaskRow.tsx";

test("R5.5 each action of a task names the task, and what is late is told", async () => {
  const [complete, edit, remove] = [vi.fn(), vi.fn(), vi.fn()];
  shown(
    <ul>
      <TaskRow task={task({ title: "Buy milk", due_at: "2020-01-01T12:00:00Z" })} onComplete={complete} onEdit={edit} onDelete={remove} />
    </ul>,
  );
  expect(screen.getByText("Overdue")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("checkbox", { name: "Mark “Buy milk” as done" }));
  await userEvent.click(screen.getByRole("button", { name: "Edit “Buy milk”" }));
  await userEvent.click(screen.getByRole("button", { name: "Delete “Buy milk”" }));
  expect(complete).toHaveBeenCalledExactlyOnceWith(true);
  expect(edit).toHaveBeenCalledTimes(1);
  expect(remove).toHaveBeenCalledTimes(1);
});
