import { expect, it } from "vitest";

import { csv } from "./csv";

it("quotes what needs it and keeps names as written", () => {
  expect(csv(["Name", "Note"], [["O'Brien, Zoë", 'says "yes"'], [null, "two\nlines"]])).toBe(
    'Name,Note\r\n"O\'Brien, Zoë","says ""yes"""\r\n,"two\nlines"\r\n',
  );
});

it("disarms formulas and leaves phones alone", () => {
  expect(csv(["a"], [["=1+1"], ["@x"], ["+44 (0)20 7946-0000"], ["-12"], ["+cmd|x"]])).toBe(
    "a\r\n'=1+1\r\n'@x\r\n+44 (0)20 7946-0000\r\n-12\r\n'+cmd|x\r\n",
  );
});
