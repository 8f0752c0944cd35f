/**
 * What the client hears of the page: real input, and waking up.
 *
 * The rule: input is what a person does with keyboard, pointer or finger. Events that scripts make (`isTrusted` is false) and scrolling,
 * which scripts can cause, are none.
 *
 * The caveat: a pointer that moves counts, so a bumped desk is a person.
 */

/** The page around the client; tests bring their own. */
export interface Page {
  /** Calls back on each input. */
  onInput(heard: () => void): void;
  /** Calls back when the page may have slept: shown again, restored, or online again. */
  onWake(heard: () => void): void;
  isVisible(): boolean;
  /** Stops both. */
  close(): void;
}

const INPUT = ["keydown", "pointerdown", "pointermove", "wheel"];

/** The browser's window. */
export function browserPage(): Page {
  const stop = new AbortController();
  const listen = (target: EventTarget, types: readonly string[], heard: (event: Event) => void): void => {
    for (const type of types) target.addEventListener(type, heard, { signal: stop.signal, passive: true, capture: true });
  };
  return {
    onInput(heard) {
      listen(window, INPUT, (event) => {
        if (event.isTrusted) heard();
      });
    },
    onWake(heard) {
      listen(window, ["pageshow", "online", "focus"], heard);
      listen(document, ["visibilitychange", "resume"], heard);
    },
    isVisible: () => document.visibilityState === "visible",
    close: () => stop.abort(),
  };
}
