import { describe, expect, it } from "vitest";

import { around, PAGE, pagesFor, placeOf } from "./rows";

const parts = [
  { key: "waiting", total: 17 },
  { key: "refused", total: 0 },
  { key: "ready", total: 99_983 },
] as const;

describe("rows under headings", () => {
  it("finds the place of a row", () => {
    expect(placeOf(parts, 0)).toEqual({ part: 0, at: 0 });
    expect(placeOf(parts, 16)).toEqual({ part: 0, at: 16 });
    expect(placeOf(parts, 17)).toEqual({ part: 2, at: 0 });
    expect(placeOf(parts, 99_999)).toEqual({ part: 2, at: 99_982 });
    expect(placeOf(parts, 100_000)).toBeNull();
  });

  it("asks only for the pages in view, and the first of each heading", () => {
    expect(pagesFor(parts, 0, 30)).toEqual([[0], [0], [0]]);
    expect(pagesFor(parts, 17 + PAGE - 1, 17 + PAGE + 20)).toEqual([[0], [0], [0, 1]]);
    expect(pagesFor(parts, 50_017, 50_040)).toEqual([[0], [0], [0, Math.floor(50_000 / PAGE)]]);
    expect(pagesFor(parts, 99_990, 99_999)).toEqual([[0], [0], [0, Math.floor(99_982 / PAGE)]]);
  });

  it("covers every row that is in view", () => {
    for (const from of [0, 10, 16, 17, 199, 216, 217, 40_000, 99_960]) {
      const to = from + 39;
      const pages = pagesFor(parts, from, to);
      for (let row = from; row <= to; row += 1) {
        const place = placeOf(parts, row);
        if (place !== null) expect(pages[place.part]).toContain(Math.floor(place.at / PAGE));
      }
    }
  });

  it("reads ahead in whole steps, so that a row more or less asks for nothing new", () => {
    for (let from = 0; from < 2_000; from += 7) {
      const range = around(from, from + 30);
      expect(range.from).toBeLessThanOrEqual(from);
      expect(range.to).toBeGreaterThan(from + 30);
    }
    const steps = new Set(Array.from({ length: 100 }, (_, row) => JSON.stringify(around(1_000 + row, 1_030 + row))));
    expect(steps.size).toBeLessThan(10);
  });
});
