/**
 * Where a person is: the heading, which also is the document's title and takes the focus after a change of pages.
 */
import { type ReactNode, useEffect, useRef } from "react";

import { useSurroundings } from "../../surroundings.tsx";
import styles from "./PageHead.module.css";

interface Props {
  readonly title: string;
  readonly lead?: ReactNode;
  /** Stands at the other end of the line. */
  readonly beside?: ReactNode;
}

export function PageHead({ title, lead, beside }: Props): ReactNode {
  const { settings } = useSurroundings();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${settings.name}`;
  }, [title, settings.name]);
  useEffect(() => {
    // At the first page the browser has its own place to begin; a field that asks for the focus keeps it.
    if (document.activeElement === document.body && document.body.dataset["arrived"]) heading.current?.focus();
    document.body.dataset["arrived"] = "yes";
  }, []);
  return (
    <header className={styles.head}>
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p className={styles.lead}>{lead}</p>}
      </div>
      {beside}
    </header>
  );
}
