import { describe, expect, it } from "vitest";

import type { FileLook, FileQuestion } from "@/api";

import { chosen, decisionsOf, keptFor, keyOf, rowsOf, sizeOf, sureness, unanswered } from "./files-model";

const question = (decision: string, path: string | null, assumed: string | null = null): FileQuestion => ({
  decision, path, assumed, columns: [], samples: [], message: { id: `file.question.${decision}`, params: {} }, answers: ["a", "b"],
});

describe("questions about files", () => {
  const dates = question("date_order", '"Wedding date"');
  const other = question("date_order", '"Enquired"', "dmy");
  const country = question("country", null);

  it("wait for an answer unless something is taken meanwhile", () => {
    expect(unanswered([dates, other, country], new Map())).toEqual([dates, country]);
    expect(unanswered([dates, country], new Map([[keyOf(country), "GB"], [keyOf(dates), "mdy"]]))).toEqual([]);
  });

  it("become decisions: by column where they are about one", () => {
    const answers = new Map([[keyOf(dates), "mdy"], [keyOf(other), "ymd"], [keyOf(country), "GB"]]);
    expect(decisionsOf([dates, other, country, question("money_unit", null)], answers)).toEqual({
      date_orders: { '"Wedding date"': "mdy", '"Enquired"': "ymd" },
      country: "GB",
    });
    expect(decisionsOf([other], new Map())).toEqual({});
  });
});

describe("choices about tables", () => {
  it("add up for a table and go with its file", () => {
    const first = chosen([], "f1", 0, { used: false });
    const both = chosen(chosen(first, "f1", 0, { header_row: 3 }), "f2", 1, { preset: "" });
    expect(both).toEqual([
      { file_id: "f1", table: 0, used: false, header_row: 3 },
      { file_id: "f2", table: 1, preset: "" },
    ]);
    expect(keptFor(both, ["f2"])).toHaveLength(1);
  });

  it("count the rows of what is used", () => {
    const table = (used: boolean, rows: number) => ({ used, rows });
    expect(rowsOf({ files: [{ tables: [table(true, 3), table(false, 9)] }, { tables: [table(true, 4)] }] } as unknown as FileLook)).toBe(7);
  });
});

it("how sure we are is a word", () => {
  expect(sureness({ preset: null, confidence: 0 })).toBe("plain");
  expect([1, 0.8, 0.4].map((confidence) => sureness({ preset: "tave_list", confidence }))).toEqual(["sure", "likely", "unsure"]);
});

it("sizes have small figures", () => {
  expect([12, 12_400, 3_450_000].map(sizeOf)).toEqual([
    { value: 12, unit: "byte" },
    { value: 12, unit: "kilobyte" },
    { value: 3.5, unit: "megabyte" },
  ]);
});
