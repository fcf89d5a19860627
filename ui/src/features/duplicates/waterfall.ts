/** The bars of the evidence: each begins where the one before ended, and all of them end at the score. Pure. */
import type { CandidateView, WireMessage } from "@/api";

export interface Bar {
  /** `limit`: what the matcher does not count, such as a second person's full points. */
  why: WireMessage | "limit";
  detail: string;
  points: number;
  from: number;
  to: number;
}

export function waterfall(candidate: Pick<CandidateView, "score" | "evidence">): Bar[] {
  let at = 0;
  const bars = candidate.evidence.map(({ message, points, detail }): Bar => {
    const from = at;
    at += points;
    return { why: message, detail, points, from: Math.min(from, at), to: Math.max(from, at) };
  });
  const rest = candidate.score - at;
  if (rest !== 0) bars.push({ why: "limit", detail: "", points: rest, from: Math.min(at, candidate.score), to: Math.max(at, candidate.score) });
  return bars;
}

/** The right end of the chart: 100, or as far as a bar reaches. */
export const extent = (bars: readonly Bar[]): number => Math.max(100, ...bars.map((bar) => bar.to));
