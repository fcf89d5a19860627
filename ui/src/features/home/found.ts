/** What a comparison found, as segments of the bar. Pure. */
import type { Segment } from "@/kit";

/** Kinds of clients by segment: a linked client is one that WedSync has already, a conflict one changed on both sides. */
const SEGMENTS: readonly { key: Segment["key"]; kinds: readonly string[] }[] = [
  { key: "new", kinds: ["new"] },
  { key: "changed", kinds: ["changed", "linked", "conflict"] },
  { key: "duplicate", kinds: ["duplicate"] },
  { key: "problem", kinds: ["problem"] },
];

/** Segments that sum to what is done; what is not yet told apart, or unchanged, is the rest. */
export function segments(done: number, found: Readonly<Record<string, number>>): readonly Segment[] {
  const told = SEGMENTS.map(({ key, kinds }) => ({ key, count: kinds.reduce((sum, kind) => sum + (found[kind] ?? 0), 0) }));
  const rest = done - told.reduce((sum, { count }) => sum + count, 0);
  return [...told, { key: "rest", count: Math.max(0, rest) }];
}
