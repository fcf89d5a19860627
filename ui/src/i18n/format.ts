/** Dates, numbers and money by Intl, in the system's own locale. Dates of weddings are civil: no zone ever moves them. */
import { useTranslation } from "react-i18next";

export interface Format {
  /** Saturday 13 June 2026. */
  longDate(iso: string): string;
  /** 13 Jun 2026. */
  date(iso: string): string;
  /** Thursday 14 May. */
  dayAndMonth(day: Date): string;
  /** MAY and 16, for a date tile. */
  tile(iso: string): { month: string; day: string };
  /** 09:26, as the system writes times. */
  time(instant: string): string;
  /** 13 Jun 2026, of an instant, here. */
  day(instant: string): string;
  /** 14 May, 09:26. */
  moment(instant: string): string;
  number(value: number): string;
  percent(value: number): string;
  /** Money keeps its own currency; `minor` is pence, cents or the like. */
  money(minor: number, currency: string): string;
  /** "9 min ago", "yesterday". */
  ago(instant: string, now: Date): string;
  /** "1 min 40 s". */
  duration(seconds: number): string;
  list(items: readonly string[]): string;
}

/** A civil date as a Date at noon UTC, to be formatted in UTC; nothing when it is not one. */
export function dateOf(iso: string): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (parts === null) return null;
  const date = new Date(`${iso}T12:00:00Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

export function formatFor(locale: string): Format {
  const civil = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
    return (iso: string) => {
      const date = dateOf(iso);
      return date === null ? iso : format.format(date).replace(/^(\p{L}+),/u, "$1");
    };
  };
  const instant = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, options);
    return (at: string) => {
      const date = new Date(at);
      return Number.isNaN(date.getTime()) ? at : format.format(date);
    };
  };
  const long = civil({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const table = civil({ day: "numeric", month: "short", year: "numeric" });
  const month = civil({ month: "short" });
  const day = civil({ day: "numeric" });
  const dayAndMonth = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const lists = new Intl.ListFormat(locale);
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" }).format(value);

  return {
    longDate: long,
    date: table,
    dayAndMonth: (when) => dayAndMonth.format(when).replace(",", ""),
    tile: (iso) => ({ month: month(iso).toUpperCase(), day: day(iso) }),
    time: instant({ hour: "2-digit", minute: "2-digit" }),
    day: instant({ day: "numeric", month: "short", year: "numeric" }),
    moment: instant({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
    number: (value) => numbers.format(value),
    percent: (value) => percents.format(value / 100),
    money: (minor, currency) => {
      const format = new Intl.NumberFormat(locale, { style: "currency", currency });
      const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
      return format.format(minor / 10 ** digits);
    },
    ago: (at, now) => {
      const seconds = (new Date(at).getTime() - now.getTime()) / 1000;
      const size = Math.abs(seconds);
      if (size < 60) return relative.format(0, "minute");
      if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
      if (size < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
      return relative.format(Math.round(seconds / 86_400), "day");
    },
    duration: (seconds) => {
      const whole = Math.max(0, Math.round(seconds));
      const minutes = Math.floor(whole / 60);
      if (minutes === 0) return unit(whole, "second");
      return minutes < 10 && whole % 60 > 0
        ? `${unit(minutes, "minute")} ${unit(whole % 60, "second")}`
        : unit(minutes, "minute");
    },
    list: (items) => lists.format(items),
  };
}

const FORMATS = new Map<string, Format>();

/** One set of formats for a locale: making one costs about a millisecond, and every cell of a table asks. */
function sharedFormat(locale: string): Format {
  let format = FORMATS.get(locale);
  if (format === undefined) {
    format = formatFor(locale);
    FORMATS.set(locale, format);
  }
  return format;
}

/** Formats in the reader's locale: the system's own where it is English, so that an Irish reader gets Irish dates. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  const locale = navigator.language.startsWith("en-") ? navigator.language : i18n.language;
  return sharedFormat(locale);
}
