import { describe, expect, it } from "vitest";

import { Later } from "./later";

describe("uploading later", () => {
  it("starts once, and not what was taken back", () => {
    const later = new Later();
    const started: string[] = [];
    later.set("a", () => started.push("a"));
    later.set("b", () => started.push("b"));
    later.set("b", null);
    expect([later.has("a"), later.has("b")]).toEqual([true, false]);
    later.online();
    later.online();
    expect(started).toEqual(["a"]);
    expect(later.has("a")).toBe(false);
  });
});
