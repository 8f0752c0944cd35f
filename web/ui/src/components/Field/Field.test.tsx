import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { shown } from "../../../test/shown.tsx";
import { Field } from "./Field.tsx";

test("what is wrong and what helps are told with the control", () => {
  shown(<Field name="email" label="Email" hint="As you gave it." error="There is no @ in it." />);
  const input = screen.getByRole("textbox", { name: "Email" });
  expect(input).toHaveAccessibleDescription("There is no @ in it. As you gave it.");
  expect(input).toBeInvalid();
});

test("what may be left out says so in its label", () => {
  shown(<Field name="name" label="Name" optional />);
  expect(screen.getByRole("textbox", { name: "Name (optional)" })).toBeValid();
});
