/**
 * A button: one of its page is `primary`; what cannot be undone is `danger`; inside of lists they are `quiet`.
 *
 * The rule: while it works it keeps its width and its words, says that it is busy, and takes no further click; it stays focusable.
 */
import type { ComponentProps, ReactNode } from "react";

import { Icon, type IconName } from "../Icon/Icon.tsx";
import styles from "./Button.module.css";

interface Props extends ComponentProps<"button"> {
  readonly look?: "primary" | "second" | "quiet" | "danger";
  readonly icon?: IconName;
  readonly busy?: boolean;
}

export function Button({ look = "second", icon, busy = false, children, onClick, ...rest }: Props): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      className={`${styles.button} ${styles[look]}`}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
