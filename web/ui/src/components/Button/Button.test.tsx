import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { Button } from "./Button.tsx";

test("a busy button takes no click, says so, and keeps the focus", async () => {
  const pressed = vi.fn();
  const { rerender } = render(<Button onClick={pressed}>Save</Button>);
  const button = screen.getByRole("button", { name: "Save" });
  await userEvent.click(button);
  expect(pressed).toHaveBeenCalledTimes(1);
  rerender(
    <Button onClick={pressed} busy>
      Save
    </Button>,
  );
  await userEvent.click(button);
  expect(pressed).toHaveBeenCalledTimes(1);
  expect(button).toHaveAttribute("aria-busy", "true");
  expect(button).toHaveFocus();
});
