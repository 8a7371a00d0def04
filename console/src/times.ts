import { words } from './words';

// Dates and the clock are those that the person has chosen in the browser; words are English, as the page is.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const dateOfOtherYear = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const countries = new Intl.DisplayNames('en', { type: 'region' });

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** "2 minutes ago", "Yesterday". */
export function ago(time: string, now: number): string {
  // A clock that is a little behind must not show the future.
  const passed = Math.max(0, now - Date.parse(time));
  const [unit, length] = UNITS.find(([, milliseconds]) => passed >= milliseconds) ?? [];
  if (!unit) return words.session.justNow;
  const text = relative.format(-Math.floor(passed / length), unit);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const exactTime = (time: string): string => exact.format(new Date(time));
export const timeOfDay = (time: number): string => clock.format(new Date(time));

/** "Today, 9:41 AM", "Nov 20, 9:41 AM", "20. Nov., 09:41"; with the year where it is another one. */
export function dayAndTime(time: string, now: number): string {
  const [then, today] = [new Date(time), new Date(now)];
  if (then.toDateString() === today.toDateString()) return words.session.today(clock.format(then));
  const sameYear = then.getFullYear() === today.getFullYear();
  return `${(sameYear ? date : dateOfOtherYear).format(then)}, ${clock.format(then)}`;
}

/** "Less than a second", "12 s", "3 min 20 s", "1 h 5 min". */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  if (seconds < 1) return words.cleanups.tookNoTime;
  if (minutes < 1) return `${seconds} s`;
  return hours < 1 ? `${minutes} min ${seconds % 60} s` : `${hours} h ${minutes % 60} min`;
}

/** A country by its name, whether a code or the name is stored. */
export function countryName(country: string): string {
  return /^[A-Z]{2}$/.test(country) ? (countries.of(country) ?? country) : country;
}
