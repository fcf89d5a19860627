import { describe, expect, it } from "vitest";

import { drawn, fits, isSingle } from "./keys";

const press = (key: string, more: object = {}) => ({ key, metaKey: false, ctrlKey: false, shiftKey: false, altKey: false, ...more });

describe("shortcuts", () => {
  it("take ⌘ on a Mac and Ctrl elsewhere, never the other one", () => {
    expect(fits("mod+k", press("k", { metaKey: true }), true)).toBe(true);
    expect(fits("mod+k", press("k", { ctrlKey: true }), true)).toBe(false);
    expect(fits("mod+k", press("k", { ctrlKey: true }), false)).toBe(true);
    expect(fits("mod+k", press("k"), false)).toBe(false);
  });

  it("tell undo from redo", () => {
    const redo = press("Z", { metaKey: true, shiftKey: true });
    expect(fits("mod+z", redo, true)).toBe(false);
    expect(fits("mod+shift+z", redo, true)).toBe(true);
  });

  it("do not ask how a sign is typed", () => {
    expect(fits("?", press("?", { shiftKey: true }), true)).toBe(true);
    expect(fits("mod+\\", press("\\", { ctrlKey: true, altKey: false }), false)).toBe(true);
  });

  it("know which are single letters", () => {
    expect(["j", "?", "1"].every(isSingle)).toBe(true);
    expect(["mod+k", "escape", "alt+x"].some(isSingle)).toBe(false);
  });

  it("are written for the reader's keyboard", () => {
    expect(drawn("mod+shift+z", true)).toEqual(["⌘", "⇧", "Z"]);
    expect(drawn("mod+enter", false)).toEqual(["Ctrl", "↵"]);
  });
});
