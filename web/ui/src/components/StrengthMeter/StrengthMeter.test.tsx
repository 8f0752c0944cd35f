import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { shown } from "../../../test/shown.tsx";
import { StrengthMeter } from "./StrengthMeter.tsx";

test("R5.5 the meter says what is missing, then how strong it seems", () => {
  const said = (password: string): void => {
    shown(<StrengthMeter password={password} known={["ann@example.org"]} />);
  };
  said("heron");
  expect(screen.getByText("3 more characters are needed.")).toBeInTheDocument();
  said("password");
  expect(screen.getByText(/^Very easy to guess/)).toBeInTheDocument();
  said("a heron that stands still");
  expect(screen.getByText("Hard to guess.")).toBeInTheDocument();
});
