import { describe, expect, it } from "vitest";

import { COLUMNS, layoutFrom, movedColumn } from "./columns";

describe("a kept layout of columns", () => {
  it("is passed over where it makes no sense", () => {
    for (const text of [null, "", "{", "[]", "7", '{"order":"x"}']) expect(layoutFrom(text).order).toEqual(COLUMNS);
    const held = layoutFrom('{"order":["venue","gone"],"hidden":["couple","phone"],"widths":{"venue":9000,"phone":90}}');
    expect(held.order[0]).toBe("venue");
    expect([...held.order].sort()).toEqual([...COLUMNS].sort());
    expect(held.hidden).toEqual(["phone"]);
    expect(held.widths).toEqual({ phone: 90 });
  });

  it("moves a column one place, and not off the edge", () => {
    const plain = layoutFrom(null);
    expect(movedColumn(plain, "couple", -1).order.slice(0, 2)).toEqual(["couple", "status"]);
    expect(movedColumn(plain, "status", -1)).toEqual(plain);
    expect(movedColumn(plain, "why", 1)).toEqual(plain);
  });
});
