/**
 * What the configuration wants below each page: imprint, privacy, help.
 */
import type { ReactNode } from "react";

import { useSurroundings } from "../surroundings.tsx";
import styles from "./Footer.module.css";

export function Footer(): ReactNode {
  const { settings } = useSurroundings();
  if (settings.links.length === 0) return null;
  return (
    <footer className={styles.footer}>
      <ul>
        {settings.links.map((link) => (
          <li key={link.href}>
            <a href={link.href} rel="noreferrer">
              {link.label}
            </a>
          </li>
        ))}
      </ul>
    </footer>
  );
}
