import { describe, expect, it } from "vitest";

import { GridModel, moved } from "./grid-model";

const group = (key: string, count: number) => ({ key, label: key, count });

describe("the grid's arithmetic", () => {
  it("is its own inverse for every row", () => {
    for (const groups of [[], [group("a", 10)], [group("a", 3), group("none", 0), group("b", 7)]]) {
      const model = new GridModel(10, groups);
      expect(model.itemCount).toBe(10 + groups.filter((each) => each.count > 0).length);
      const rows = [];
      for (let item = 0; item < model.itemCount; item += 1) {
        const found = model.item(item);
        if (found.kind === "row") {
          rows.push(found.row);
          expect(model.itemOf(found.row)).toBe(item);
        }
      }
      expect(rows).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it("knows the header above", () => {
    const model = new GridModel(10, [group("a", 3), group("b", 7)]);
    expect(model.headers).toEqual([0, 4]);
    expect(model.headerAbove(3)).toBe(0);
    expect(model.headerAbove(4)).toBe(4);
    expect(model.headerAbove(11)).toBe(4);
    expect(new GridModel(3, []).headerAbove(2)).toBeUndefined();
  });

  it("keeps the cell inside", () => {
    const size = { rows: 100_000, columns: 5, page: 20 };
    expect(moved({ row: 0, column: 0 }, "ArrowUp", false, size)).toEqual({ row: 0, column: 0 });
    expect(moved({ row: 99_990, column: 1 }, "PageDown", false, size)).toEqual({ row: 99_999, column: 1 });
    expect(moved({ row: 7, column: 4 }, "ArrowRight", false, size)).toEqual({ row: 7, column: 4 });
    expect(moved({ row: 7, column: 4 }, "Home", false, size)).toEqual({ row: 7, column: 0 });
    expect(moved({ row: 7, column: 1 }, "End", true, size)).toEqual({ row: 99_999, column: 4 });
    expect(moved({ row: 7, column: 1 }, "x", false, size)).toBeUndefined();
  });
});
