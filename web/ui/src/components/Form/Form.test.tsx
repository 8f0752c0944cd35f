import { KeyturnError } from "@keyturn/client";
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";

import { shown } from "../../../test/shown.tsx";
import { type Typed, useSubmission } from "../../submission.ts";
import { Field } from "../Field/Field.tsx";
import { Form } from "./Form.tsx";

function Naming({ send }: { readonly send: (typed: Typed) => Promise<void> }): ReactNode {
  const submission = useSubmission(send);
  return (
    <Form submission={submission} submit="Save">
      <Field name="name" label="Name" error={submission.wrong("name")} />
    </Form>
  );
}

test("what is wrong with a field is told there, and the focus goes there", async () => {
  shown(
    <Naming
      send={() =>
        Promise.reject(new KeyturnError("invalid-fields", { fieldErrors: [{ field: "name", message: "use at most 60 characters" }] }))
      }
    />,
  );
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  const field = await screen.findByRole("textbox", { name: "Name" });
  await waitFor(() => expect(field).toHaveFocus());
  expect(field).toHaveAccessibleDescription("Use at most 60 characters.");
  expect(screen.getByRole("alert")).toBeInTheDocument();
});

test("a second click while it is on its way sends nothing", async () => {
  let answer = (): void => undefined;
  const send = vi.fn(() => new Promise<void>((resolve) => (answer = resolve)));
  shown(<Naming send={send} />);
  const button = screen.getByRole("button", { name: "Save" });
  await userEvent.type(screen.getByRole("textbox"), "Ann{Enter}{Enter}");
  await userEvent.click(button);
  expect(send).toHaveBeenCalledTimes(1);
  answer();
  await waitFor(() => expect(button).not.toHaveAttribute("aria-busy"));
});
