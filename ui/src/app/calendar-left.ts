/** What of a calendar is not brought, in one sentence: for the step that looks at a file, and for the page of a connection. */
import type { CalendarLeft } from "@/api";
import { useFormat, useMessage } from "@/i18n";

const PARTS = ["before", "after", "too_long", "unread"] as const;

/** "Left out: 3 from more than a year ago, 1 that can't be read."; nothing where everything is brought. */
export function useCalendarLeft(left: CalendarLeft | null): string | null {
  const say = useMessage();
  const format = useFormat();
  if (left === null) return null;
  const parts = PARTS.filter((part) => left[part] > 0).map((part) => say({ id: `hub.calendar.${part}`, params: { count: String(left[part]) } }));
  return parts.length === 0 ? null : say({ id: "hub.calendar.left", params: { what: format.list(parts) } });
}
