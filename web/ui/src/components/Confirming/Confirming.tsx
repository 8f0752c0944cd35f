/**
 * A question before something that others feel, or that cannot be undone: what will happen; where it takes the password, with the field
 * for it.
 */
import type { ReactNode } from "react";

import { type Typed, useSubmission } from "../../submission.ts";
import { useTexts } from "../../surroundings.tsx";
import { Button } from "../Button/Button.tsx";
import { Dialog } from "../Dialog/Dialog.tsx";
import { Form } from "../Form/Form.tsx";
import { PasswordField } from "../PasswordField/PasswordField.tsx";

interface Props {
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  readonly look?: "primary" | "danger";
  readonly asksPassword?: boolean;
  readonly onConfirm: (typed: Typed) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

export function Confirming({ title, text, submit, look = "danger", asksPassword = false, onConfirm, onClose, children }: Props): ReactNode {
  const t = useTexts();
  const submission = useSubmission(async (typed) => {
    await onConfirm(typed);
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <Form submission={submission} submit={submit} look={look} beside={<Button onClick={onClose}>{t("cancel")}</Button>}>
        {children}
        {asksPassword && (
          <PasswordField
            name="current_password"
            label={t("current_password")}
            error={submission.wrong("current_password")}
            autoComplete="current-password"
          />
        )}
      </Form>
    </Dialog>
  );
}
