import { KeyturnError } from "@keyturn/client";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { shown } from "../../../test/shown.tsx";
import { Failure } from "./Failure.tsx";

test("R5.5 a failure says what to do, at once", () => {
  const cases: [KeyturnError, string | RegExp][] = [
    [new KeyturnError("invalid-credentials"), "The sign-in name or the password is wrong."],
    [new KeyturnError("too-many-attempts", { retryAfter: 30 }), /30 seconds/],
    [new KeyturnError("too-many-attempts", { retryAfter: 1 }), /1 second/],
    [new KeyturnError("account-not-active", { accountState: "suspended" }), /suspended/],
    [new KeyturnError("no-answer", { message: "Failed to fetch" }), /could not be reached/],
    [new KeyturnError("store-unavailable", { status: 503 }), /Nothing is lost/],
    [new KeyturnError("transition-refused", { message: "What the server says." }), "What the server says."],
  ];
  for (const [refusal, words] of cases) {
    const { unmount } = shown(<Failure refusal={refusal} />);
    expect(screen.getByRole("alert")).toHaveTextContent(words);
    unmount();
  }
});

test("where nothing failed nothing is said", () => {
  shown(<Failure refusal={undefined} />);
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});
