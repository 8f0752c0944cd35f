/**
 * A form on its way to the server: that it is, and what came back. After a failure the focus goes to the first field that is wrong, or
 * to what says what is wrong.
 */
import { KeyturnError } from "@keyturn/client";
import { type FormEvent, useEffect, useRef, useState } from "react";

export interface Submission {
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  readonly pending: boolean;
  /** Why the last attempt failed. */
  readonly refusal: KeyturnError | undefined;
  /** What is wrong with this field. */
  wrong(field: string): string | undefined;
}

/** What was typed into each field. */
export type Typed = (field: string) => string;

export function useSubmission(send: (typed: Typed, form: HTMLFormElement) => Promise<void>): Submission {
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<KeyturnError>();
  const underway = useRef(false);
  const sent = useRef<HTMLFormElement>(null);

  // Once what is wrong stands there, since until then no field is known to be.
  useEffect(() => {
    if (refusal && sent.current) focusOnWhatIsWrong(sent.current);
  }, [refusal]);

  const submit = async (form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form);
    const typed: Typed = (field) => {
      const value = fields.get(field);
      return typeof value === "string" ? value : "";
    };
    underway.current = true;
    sent.current = form;
    setPending(true);
    setRefusal(undefined);
    try {
      await send(typed, form);
    } catch (thrown) {
      setRefusal(KeyturnError.from(thrown));
    } finally {
      underway.current = false;
      setPending(false);
    }
  };

  return {
    pending,
    refusal,
    wrong: (field) => sentence(refusal?.fieldErrors.find((error) => error.field === field)?.message),
    onSubmit(event) {
      event.preventDefault();
      if (!underway.current) void submit(event.currentTarget);
    },
  };
}

function focusOnWhatIsWrong(form: HTMLFormElement): void {
  const invalid = form.querySelector<HTMLElement>("[aria-invalid='true']");
  const password = form.querySelector<HTMLElement>("input[type='password']");
  (invalid ?? password)?.focus();
}

/** What the rules say in lower case, as a sentence of its own. */
function sentence(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
