/**
 * Looks for what is typed, once the person pauses or presses Enter.
 */
import { type ReactNode, useEffect, useId, useState } from "react";

import { Icon } from "../Icon/Icon.tsx";
import styles from "./SearchBox.module.css";

/** In milliseconds. */
const PAUSE = 250;

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onSearch: (text: string) => void;
}

export function SearchBox({ label, value, onSearch }: Props): ReactNode {
  const id = useId();
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onSearch(typed), PAUSE);
    return () => clearTimeout(timer);
  }, [typed, value, onSearch]);
  return (
    <search className={styles.search}>
      <label htmlFor={id}>{label}</label>
      <span className={styles.control}>
        <Icon name="search" />
        <input
          id={id}
          type="search"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && onSearch(typed)}
        />
      </span>
    </search>
  );
}
