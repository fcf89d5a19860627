/** Weddings by month, and which of them the chosen dates bring. Pure. */
import type { Scope, ScopeCounts } from "@/api";

export interface MonthBar {
  /** YYYY-MM. */
  month: string;
  count: number;
  /** Whether the chosen dates bring at least part of it. */
  brought: boolean;
}

export interface MonthSpan {
  /** Every month from the first to the last, empty ones too. */
  bars: readonly MonthBar[];
  brought: number;
  /** Jobs without a day are brought whatever the dates are. */
  undated: number;
  total: number;
  /** Years that begin within the span, with the place of their first bar. */
  years: readonly { year: number; at: number }[];
}

/** More months than this would be hairs: the earliest are added up in the first bar that is shown. */
const MOST_BARS = 72;

const after = (month: string): string => {
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5, 7))];
  return number === 12 ? `${String(year + 1).padStart(4, "0")}-01` : `${month.slice(0, 4)}-${String(number + 1).padStart(2, "0")}`;
};

/** Whether a month is brought: by its days where dates are chosen, and by today where weddings that are over are left. */
function isBrought(month: string, scope: Scope, today: string): boolean {
  const from = scope.historical || (scope.from !== null && scope.from > today) ? scope.from : today;
  return (from === null || month >= from.slice(0, 7)) && (scope.until === null || month <= scope.until.slice(0, 7));
}

/** The months as bars; nothing where the CRM does not say any day. */
export function monthSpan(counts: ScopeCounts, scope: Scope, today: string): MonthSpan | null {
  const first = counts.months[0]?.month;
  const last = counts.months.at(-1)?.month;
  if (first === undefined || last === undefined) return null;
  const held = new Map(counts.months.map(({ month, count }) => [month, count]));
  const all: MonthBar[] = [];
  for (let month = first; month <= last; month = after(month)) all.push({ month, count: held.get(month) ?? 0, brought: isBrought(month, scope, today) });
  const sum = (bars: readonly MonthBar[]) => bars.reduce((total, bar) => total + bar.count, 0);
  const shown = all.slice(-MOST_BARS);
  const head = shown[0];
  const bars = head === undefined || shown.length === all.length ? shown : [{ ...head, count: head.count + sum(all.slice(0, -MOST_BARS)) }, ...shown.slice(1)];
  return {
    bars,
    brought: sum(all.filter((bar) => bar.brought)),
    undated: counts.undated,
    total: sum(all),
    years: bars.flatMap(({ month }, at) => (month.endsWith("-01") || at === 0 ? [{ year: Number(month.slice(0, 4)), at }] : [])),
  };
}
