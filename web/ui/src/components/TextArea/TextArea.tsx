/**
 * Several lines of text, with their label.
 */
import { type ReactNode, useId } from "react";

import { useTexts } from "../../surroundings.tsx";
import { FieldError } from "../Field/Field.tsx";
import styles from "./TextArea.module.css";

interface Props {
  readonly name: string;
  readonly label: string;
  readonly defaultValue: string;
  readonly maxLength: number;
  readonly error?: string | undefined;
  /** Programs read it: letters of one width, and it is not optional. */
  readonly look?: "text" | "code";
}

export function TextArea({ name, label, defaultValue, maxLength, error, look = "text" }: Props): ReactNode {
  const t = useTexts();
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>
        {label} {look === "text" && <span className="soft">({t("optional")})</span>}
      </label>
      <textarea
        id={id}
        name={name}
        className={styles.area}
        data-look={look}
        rows={4}
        spellCheck={look === "text"}
        defaultValue={defaultValue}
        maxLength={maxLength}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
      />
      {error && <FieldError id={`${id}-error`} error={error} />}
    </div>
  );
}
