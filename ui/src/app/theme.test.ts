import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { followTheme, setTheme } from "./theme";

describe("the theme on the page", () => {
  let dark = false;
  let tell: () => void = () => undefined;
  const shown = () => document.documentElement.dataset["theme"];
  beforeEach(() => {
    dark = false;
    vi.stubGlobal("matchMedia", () => ({
      get matches() {
        return dark;
      },
      addEventListener: (_: string, hear: () => void) => (tell = hear),
    }));
  });
  afterEach(() => {
    setTheme("system");
    vi.unstubAllGlobals();
  });

  it("follows the system until another is chosen, and again after", () => {
    followTheme();
    expect(shown()).toBe("light");
    dark = true;
    tell();
    expect(shown()).toBe("dark");
    setTheme("light");
    tell();
    expect(shown()).toBe("light");
    setTheme("system");
    expect(shown()).toBe("dark");
  });
});
