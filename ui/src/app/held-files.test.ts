import { describe, expect, it, vi } from "vitest";

import { HeldFiles, HeldSource, MOST_FILES } from "./held-files";

const file = (fileId: string, name = `${fileId}.csv`, size = 1) => ({ fileId, name, size });

describe("files that wait to be imported", () => {
  it("join, and the same file again takes its own place", () => {
    const held = new HeldFiles();
    held.add([file("a"), file("b")]);
    held.add([file("c", "a.csv")]);
    expect(held.all().map((each) => each.fileId)).toEqual(["b", "c"]);
    held.add([file("d", "b.csv", 2)]);
    expect(held.all()).toHaveLength(3);
    held.remove("b");
    expect(held.all().map((each) => each.fileId)).toEqual(["c", "d"]);
  });

  it("are no more than the program takes, the newest of them", () => {
    const held = new HeldFiles();
    held.add(Array.from({ length: MOST_FILES + 2 }, (_, index) => file(String(index))));
    expect(held.all()).toHaveLength(MOST_FILES);
    expect(held.all().at(-1)?.fileId).toBe(String(MOST_FILES + 1));
  });

  it("tell who watches", () => {
    const held = new HeldFiles();
    const told = vi.fn();
    const end = held.watch(told);
    held.add([file("a")]);
    held.clear();
    end();
    held.add([file("b")]);
    expect(told).toHaveBeenCalledTimes(2);
  });
});

describe("a file that describes a source", () => {
  it("is read once, and another takes its place", () => {
    const held = new HeldSource();
    held.hold(file("d", "ours.toml"), true);
    expect(held.isDefinition).toBe(true);
    held.release();
    expect([held.get(), held.isDefinition]).toEqual([null, false]);
    const changed = vi.fn();
    held.watch(changed);
    expect(held.begin()).toBeNull();
    held.hold(file("a", "crm.har"));
    expect([held.waits, held.begin()?.fileId, held.waits, held.begin()]).toEqual([true, "a", false, null]);
    expect(held.get()?.fileId).toBe("a");
    held.hold(file("b", "api.yaml"));
    expect(held.begin()?.fileId).toBe("b");
    held.release();
    held.release();
    expect([held.get(), changed.mock.calls.length]).toEqual([null, 3]);
  });
});
