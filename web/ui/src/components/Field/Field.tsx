/**
 * One line of a form: its label, what helps, what is wrong, and the control, tied together for whoever does not see them.
 */
import { type ComponentProps, type ReactNode, useId } from "react";

import { useTexts } from "../../surroundings.tsx";
import { Icon } from "../Icon/Icon.tsx";
import styles from "./Field.module.css";

interface Props extends ComponentProps<"input"> {
  readonly name: string;
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly optional?: boolean;
  /** Stands at the end of the control. */
  readonly beside?: ReactNode;
}

export function Field({ label, hint, error, optional = false, beside, ...input }: Props): ReactNode {
  const t = useTexts();
  const id = useId();
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
        {optional && " "}
        {optional && <span className={styles.optional}>({t("optional")})</span>}
      </label>
      <div className={styles.control}>
        <input
          {...input}
          id={id}
          className={styles.input}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
        />
        {beside}
      </div>
      {error && <FieldError id={`${id}-error`} error={error} />}
      {hint && (
        <div className={styles.hint} id={`${id}-hint`}>
          {hint}
        </div>
      )}
    </div>
  );
}

/** What is wrong with a control, which names it by `aria-describedby`. */
export function FieldError({ id, error }: { readonly id: string; readonly error: string }): ReactNode {
  return (
    <p className={styles.error} id={id}>
      <Icon name="alert" />
      {error}
    </p>
  );
}
