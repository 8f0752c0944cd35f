import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";

import { shown } from "../../../test/shown.tsx";
import { Button } from "../Button/Button.tsx";
import { ToastProvider, useToasts } from "./Toast.tsx";

function Deleting({ undo }: { readonly undo: () => void }): ReactNode {
  const { say } = useToasts();
  return <Button onClick={() => say({ words: "The task is deleted.", undo })}>Delete</Button>;
}

test("R5.5 what was done can be undone once, and is told to whoever does not see it", async () => {
  const undo = vi.fn();
  shown(
    <ToastProvider>
      <Deleting undo={undo} />
    </ToastProvider>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  expect(screen.getByRole("status")).toHaveTextContent("The task is deleted.");
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(undo).toHaveBeenCalledTimes(1);
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
});
