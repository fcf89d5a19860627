import { describe, expect, it } from "vitest";

import { segments } from "./found";

const counts = (done: number, found: Record<string, number>) => Object.fromEntries(segments(done, found).map(({ key, count }) => [key, count]));

describe("segments of what was found", () => {
  it("sum to what is done", () => {
    expect(counts(312, { new: 275, changed: 20, linked: 4, conflict: 1, duplicate: 7, problem: 5 })).toEqual({ new: 275, changed: 25, duplicate: 7, problem: 5, rest: 0 });
    expect(counts(50, { new: 10, unchanged: 40 })).toEqual({ new: 10, changed: 0, duplicate: 0, problem: 0, rest: 40 });
    expect(counts(50, {})).toEqual({ new: 0, changed: 0, duplicate: 0, problem: 0, rest: 50 });
  });
});
