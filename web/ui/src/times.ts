/**
 * Moments in words, in the reader's time zone and the configured language.
 *
 * The caveat: what is near is counted from the reader's clock, which may be wrong by more than the words say.
 */
export interface Times {
  /** Day and minute. */
  exactly(iso: string): string;
  day(iso: string): string;
  /** How far away: "5 minutes ago", "in 3 days"; within a minute what `Intl` calls now. */
  near(iso: string, now?: number): string;
}

const UNITS = [
  ["year", 31_557_600_000],
  ["month", 2_629_800_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

export function timesOf(lang: string): Times {
  const exact = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
  const days = new Intl.DateTimeFormat(lang, { dateStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  return {
    exactly: (iso) => exact.format(new Date(iso)),
    day: (iso) => days.format(new Date(iso)),
    near(iso, now = Date.now()) {
      const distance = Date.parse(iso) - now;
      const unit = UNITS.find(([, length]) => Math.abs(distance) >= length);
      return unit ? relative.format(Math.trunc(distance / unit[1]), unit[0]) : relative.format(0, "second");
    },
  };
}
