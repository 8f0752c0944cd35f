/**
 * A password that can be shown while it is typed (WCAG 2.2, 3.3.8), and for a new one how hard it is to guess.
 */
import { type ComponentProps, type ReactNode, useState } from "react";

import { useTexts } from "../../surroundings.tsx";
import { Field } from "../Field/Field.tsx";
import { StrengthMeter } from "../StrengthMeter/StrengthMeter.tsx";
import styles from "./PasswordField.module.css";

interface Props {
  readonly name: string;
  readonly label: string;
  readonly error?: string | undefined;
  readonly autoComplete: "current-password" | "new-password";
  /** What is known about the person, which a new password should not consist of. */
  readonly known?: readonly string[];
  readonly inputRef?: ComponentProps<"input">["ref"];
}

export function PasswordField({ name, label, error, autoComplete, known = [], inputRef }: Props): ReactNode {
  const t = useTexts();
  const [isShown, setShown] = useState(false);
  const [typed, setTyped] = useState("");
  const hint = autoComplete === "new-password" ? <StrengthMeter password={typed} known={known} /> : undefined;
  return (
    <Field
      name={name}
      label={label}
      error={error}
      hint={hint}
      type={isShown ? "text" : "password"}
      autoComplete={autoComplete}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={256}
      required
      {...(inputRef ? { ref: inputRef } : {})}
      onChange={(event) => setTyped(event.currentTarget.value)}
      beside={
        <button
          type="button"
          className={styles.show}
          aria-pressed={isShown}
          aria-label={t("show_password")}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? t("hide") : t("show")}
        </button>
      }
    />
  );
}
