import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { CrmMark } from "./CrmMark";

const mark = (provider: string, name: string): HTMLElement => {
  const { container } = render(<CrmMark provider={provider} name={name} />);
  return container.firstElementChild as HTMLElement;
};
const letters = (provider: string, name: string) => mark(provider, name).dataset["letters"];

describe("the mark of a CRM", () => {
  it("is its own for every CRM that there is a drawing of", () => {
    const keys = Object.keys(import.meta.glob("../../../icons/connectors/*.svg")).map((file) => file.replace(/^.*\/|\.svg$/g, ""));
    expect(keys.length).toBe(22);
    const own = keys.map((key) => (key === "custom" ? "{}" : letters(key, "??")));
    expect(own).not.toContain("??");
    expect(new Set(own).size).toBe(keys.length);
  });

  it("is the first letters of one that nobody knows", () => {
    expect(letters("abacus", "Abacus")).toBe("Ab");
  });

  it("is a pair of braces for a source of one's own, whatever it is called", () => {
    for (const key of ["custom", "custom:our_own_book"]) expect(mark(key, "Our own book").querySelector("svg")).not.toBeNull();
  });
});
