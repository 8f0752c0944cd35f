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
  /** Calls back on input, at most once a second. */
  onInput(heard: () => void): void;
  /** Calls back when the page may have slept: shown again, restored, or online again. */
  onWake(heard: () => void): void;
  isVisible(): boolean;
  /** Stops both. */
  close(): void;
}

const INPUT = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart", "touchmove"];

/** The browser's window; a page that hears nothing where there is none. */
export function browserPage(): Page {
  const stop = new AbortController();
  const listen = (target: EventTarget, types: readonly string[], heard: (event: Event) => void): void => {
    for (const type of types) target.addEventListener(type, heard, { signal: stop.signal, passive: true, capture: true });
  };
  const hasWindow = typeof window !== "undefined";
  return {
    onInput(heard) {
      let last = Number.NEGATIVE_INFINITY;
      if (!hasWindow) return;
      listen(window, INPUT, (event) => {
        if (!event.isTrusted || event.timeStamp - last < 1000) return;
        last = event.timeStamp;
        heard();
      });
    },
    onWake(heard) {
      if (!hasWindow) return;
      listen(window, ["pageshow", "online", "focus"], heard);
      listen(document, ["visibilitychange", "resume"], heard);
    },
    isVisible: () => hasWindow && document.visibilityState === "visible",
    close: () => stop.abort(),
  };
}
