/** Which headings stand on which tab, and how many clients each tab holds. Pure. */
import type { AlikeGroup, Heading, ReviewSummary } from "@/api";

import type { ReviewTab } from "./route";
import type { Section } from "./rows";

/** In the order in which they are listed: what needs the person comes first. */
export const HEADINGS: readonly Heading[] = ["waiting", "refused", "ready", "approved", "in_wedsync", "left_out", "unchanged"];

/** What the person wants to see of a tab. */
export type Show = "all" | "waiting" | "ready" | "in_wedsync" | "left_out";

export function sectionsOf(tab: ReviewTab, show: Show, summary: ReviewSummary, alike: readonly AlikeGroup[] | null): Section[] {
  const kind = tab === "everything" ? undefined : tab;
  if (tab === "problem" && alike !== null && show === "all") {
    return alike.map((group) => ({ key: group.alike, filter: { heading: "waiting", kind, alike: group.alike } }));
  }
  return HEADINGS.filter((heading) => show === "all" || heading === show)
    .filter((heading) => summary.headings.some((count) => count.heading === heading && (kind === undefined || count.kind === kind)))
    .map((heading) => ({ key: heading, filter: { heading, ...(kind === undefined ? {} : { kind }) } }));
}

/** Problems, conflicts and duplicates count while they wait; the other tabs count all they list. */
export function countOf(tab: ReviewTab, summary: ReviewSummary): number {
  const waits = tab === "problem" || tab === "conflict" || tab === "duplicate";
  return summary.headings
    .filter((count) => (tab === "everything" || count.kind === tab) && (!waits || count.heading === "waiting"))
    .reduce((sum, count) => sum + count.count, 0);
}
