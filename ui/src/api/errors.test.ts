import { describe, expect, it } from "vitest";

import { Refused, Unreachable } from "@/platform";

import type { Code, WireError } from "./generated/rpc";
import { troubleOf } from "./errors";

const wire = (code: Code, more: Partial<WireError> = {}): WireError => ({
  code,
  message: { id: "error.fault", params: {} },
  text: "",
  hints: [],
  retry: { kind: "never" },
  ref: null,
  ...more,
});

describe("troubles", () => {
  it("offers to sign in where that helps", () => {
    expect(troubleOf(new Refused(wire("not_signed_in"))).remedy).toBe("sign_in");
    expect(troubleOf(new Refused(wire("wedsync", { retry: { kind: "after_sign_in" } }))).remedy).toBe("sign_in");
  });

  it("offers to try again only when the program says that it can help", () => {
    expect(troubleOf(new Refused(wire("crm", { retry: { kind: "after", seconds: 20 } }))).remedy).toBe("retry");
    expect(troubleOf(new Refused(wire("crm"))).remedy).toBe("none");
  });

  it("does not colour red what the person did", () => {
    expect(troubleOf(new Refused(wire("cancelled"))).tone).toBe("quiet");
  });

  it("keeps the reference for support", () => {
    expect(troubleOf(new Refused(wire("internal", { ref: "ab12" }))).reference).toBe("ab12");
  });

  it("has a sentence for everything else", () => {
    expect(troubleOf(new Unreachable("gone")).message).toEqual({ local: "trouble.gone" });
    expect(troubleOf(new Unreachable("session")).message).toEqual({ local: "trouble.session" });
    for (const odd of [new Refused("text"), new Refused({ code: "x" }), new TypeError("x"), null, 3]) {
      expect(troubleOf(odd).message).toEqual({ local: "trouble.own" });
    }
  });
});
