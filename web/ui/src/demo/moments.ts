/**
 * Moments of the demo's clock as people read them.
 */
export function timeOf(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-GB");
}
