import { describe, expect, it } from "vitest";

import { type Sample, secondsLeft, withSample } from "./steady";

const run = (...dones: number[]): readonly Sample[] => dones.map((done, second) => ({ at: second * 1000, done })).reduce<readonly Sample[]>(withSample, []);

describe("time left", () => {
  it("is said once the pace has been steady for a while", () => {
    expect(secondsLeft(run(0, 10, 20), 100)).toBeNull();
    expect(secondsLeft(run(0, 10, 20, 30, 40), 100)).toBeCloseTo(6);
  });

  it("is not said while the pace jumps, or the total is unknown", () => {
    expect(secondsLeft(run(0, 40, 80, 82, 84), 100)).toBeNull();
    expect(secondsLeft(run(0, 10, 20, 30, 40), null)).toBeNull();
  });

  it("starts anew with a new phase", () => {
    expect(secondsLeft(run(0, 10, 20, 30, 40, 0, 10), 100)).toBeNull();
  });
});
