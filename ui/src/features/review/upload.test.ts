import { describe, expect, it } from "vitest";

import { isAhead, uploadedClients } from "./UploadBar";

const job = (state: string, processed = 0) => ({ state, processed }) as Parameters<typeof isAhead>[0];

describe("what an upload says of itself", () => {
  it("is the program's own count, once it is final", () => {
    expect(uploadedClients({ records: { client: { created: 209 } }, moved: 0, fields_made: [], uploaded: 213 })).toBe(213);
    expect(uploadedClients({})).toBeNull();
    expect(uploadedClients(null)).toBeNull();
  });

  it("is still ahead while nothing was sent and WedSync does not answer", () => {
    expect(isAhead(job("waiting_network"), true)).toBe(true);
    expect(isAhead(job("running"), false)).toBe(true);
    expect(isAhead(job("running"), true)).toBe(false);
    expect(isAhead(job("waiting_network", 12), false)).toBe(false);
  });
});
