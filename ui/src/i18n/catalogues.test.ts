import { describe, expect, it } from "vitest";

import { american, british } from "./resources";

describe("catalogues", () => {
  for (const [namespace, catalogue] of Object.entries(british)) {
    const keys = Object.keys(catalogue);
    it(`${namespace}: flat, sorted, every sentence said`, () => {
      expect(keys).toEqual([...keys].sort());
      for (const [key, sentence] of Object.entries(catalogue)) {
        expect(typeof sentence, key).toBe("string");
        expect(sentence.trim(), key).not.toBe("");
      }
    });
    it(`${namespace}: both numbers of a plural`, () => {
      for (const key of keys.filter((name) => name.endsWith("_one"))) expect(keys).toContain(key.replace(/_one$/, "_other"));
    });
  }

  it("the words of the house: no exclamation marks, no oops, no please, no successfully", () => {
    // The program's own catalogue is held to them by its crate.
    for (const [namespace, catalogue] of Object.entries(british)) {
      if (namespace === "core") continue;
      for (const [key, sentence] of Object.entries(catalogue)) {
        expect(sentence, key).not.toMatch(/!|\boops\b|\bplease\b|successfully/i);
      }
    }
  });

  it("American English differs only where British speaks", () => {
    for (const [namespace, catalogue] of Object.entries(american)) {
      const known = british[namespace as keyof typeof british] as Record<string, string>;
      for (const [key, sentence] of Object.entries(catalogue)) {
        expect(Object.keys(known)).toContain(key);
        expect(sentence, key).not.toBe(known[key]);
      }
    }
  });
});
