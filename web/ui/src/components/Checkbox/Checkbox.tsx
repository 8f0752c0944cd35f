/**
 * A choice to make or to leave.
 */
import { type ComponentProps, type ReactNode, useId } from "react";

import styles from "./Checkbox.module.css";

interface Props extends Pick<ComponentProps<"input">, "checked" | "onChange"> {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
}

export function Checkbox({ name, label, hint, ...input }: Props): ReactNode {
  const id = useId();
  return (
    <div className={styles.choice}>
      <input {...input} id={id} name={name} type="checkbox" value="yes" aria-describedby={hint ? `${id}-hint` : undefined} />
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
