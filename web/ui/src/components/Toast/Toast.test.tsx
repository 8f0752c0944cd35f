import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { shown } from "../../../test/shown.tsx";
import { Button } from "../Button/Button.tsx";
import { ToastProvider, useToasts } from "./Toast.tsx";

test("R5.5 what was done can be undone once, and is told to whoever does not see it", async () => {
  const undo = vi.fn();
  function Deleting() {
    const { say } = useToasts();
    return <Button onClick={() => say({ words: "The task is deleted.", undo })}>Delete</Button>;
  }
  shown(
    <ToastProvider>
      <Deleting />
    </ToastProvider>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  expect(screen.getByRole("status")).toHaveTextContent("The task is deleted.");
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(undo).toHaveBeenCalledTimes(1);
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
});
