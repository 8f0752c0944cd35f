/**
 * Several lines of text, with their label.
 */
import { type ReactNode, useId } from "react";

import { useTexts } from "../../surroundings.tsx";
import styles from "./TextArea.module.css";

interface Props {
  readonly name: string;
  readonly label: string;
  readonly defaultValue: string;
  readonly maxLength: number;
}

export function TextArea({ name, label, defaultValue, maxLength }: Props): ReactNode {
  const t = useTexts();
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>
        {label} <span className="soft">({t("optional")})</span>
      </label>
      <textarea id={id} name={name} className={styles.area} rows={4} defaultValue={defaultValue} maxLength={maxLength} />
    </div>
  );
}
