import { screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { session } from "../../../test/fixtures.ts";
import { shown } from "../../../test/shown.tsx";
import { SessionRow } from "./SessionRow.tsx";

test("R5.1 R5.5 a session is told by its device, which one is this, and from where", () => {
  shown(
    <ul>
      <SessionRow session={session({ current: true })} />
      <SessionRow session={session({ user_agent: null, ip_address: null })} />
      <SessionRow session={session({ ended_at: "2026-11-20T10:00:00Z", end_reason: "token_reuse", state: "terminated" })} />
    </ul>,
  );
  const [own, stranger, ended] = screen.getAllByRole("listitem");
  expect(own).toHaveTextContent("Chrome on LinuxThis device");
  expect(own).toHaveTextContent("192.0.2.7");
  expect(stranger).toHaveTextContent("An unknown client");
  expect(stranger).toHaveTextContent("not recorded");
  expect(ended).toHaveTextContent("its refresh token was used twice");
  expect(ended).not.toHaveTextContent("This device");
});
