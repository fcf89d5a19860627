import { describe, expect, it } from "vitest";

import { extent, waterfall } from "./waterfall";

const line = (id: string, points: number) => ({ message: { id, params: {} }, points, detail: "" });

describe("the evidence", () => {
  it("sums to the score, whatever the matcher does not count", () => {
    for (const [score, points] of [
      [85, [35, 35, 30]],
      [100, [55, 35, 35, 30]],
      [65, [65]],
      [62, [55, 42, -35]],
    ] as const) {
      const bars = waterfall({ score, evidence: points.map((each, index) => line(String(index), each)) });
      expect(bars.reduce((sum, bar) => sum + bar.points, 0)).toBe(score);
      bars.reduce((at, bar) => {
        expect(bar.points > 0 ? bar.from : bar.to).toBe(at);
        return at + bar.points;
      }, 0);
      expect(bars.every((bar) => bar.to <= extent(bars))).toBe(true);
    }
  });

  it("adds no line where the points already sum up", () => {
    expect(waterfall({ score: 65, evidence: [line("a", 35), line("b", 30)] })).toHaveLength(2);
  });
});
