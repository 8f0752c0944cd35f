/**
 * Sends a person on to another page, once: to where it led when it was first shown, whatever the address has become meanwhile.
 */
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";

interface Props {
  readonly to: "/signin" | "/account" | "/tasks";
  readonly search?: { readonly return_to?: string };
}

export function Redirect(props: Props): ReactNode {
  const navigate = useNavigate();
  const first = useRef(props);
  useEffect(() => {
    const { to, search = {} } = first.current;
    void navigate({ to, search, replace: true });
  }, [navigate]);
  return null;
}
