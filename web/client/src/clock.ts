/**
 * Time as the client goes by it: milliseconds that never go back and don't stand still while the machine sleeps.
 *
 * The rule: between two looks, time has passed by whichever says more, the monotonic clock (which some systems stop in sleep) or the wall
 * clock (which people set). A wall clock put forward looks like a sleep: the client asks the server a little early, and that is all. One
 * put back changes nothing.
 */

/** What tells the time and wakes at a time; tests bring their own. */
export interface Clock {
  /** Milliseconds since some moment; never less than before. */
  now(): number;
  /** Milliseconds since 1970 by the wall clock, which may jump: to compare with what other tabs and the server say. */
  wall(): number;
  /** Calls back once, after so many milliseconds; the answer stops it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The browser's. */
export function systemClock(): Clock {
  let now = 0;
  let [monotonic, wall] = [performance.now(), Date.now()];
  return {
    now() {
      const [nextMonotonic, nextWall] = [performance.now(), Date.now()];
      now += Math.max(nextMonotonic - monotonic, nextWall - wall, 0);
      [monotonic, wall] = [nextMonotonic, nextWall];
      return now;
    },
    wall: () => Date.now(),
    after(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
