import { describe, expect, it } from "vitest";

import { UndoStack } from "./undo-stack";

function world() {
  const value = { now: 0 };
  const stack = new UndoStack();
  const set = (to: number) => {
    const before = value.now;
    value.now = to;
    stack.push({
      label: String(to),
      undo: () => Promise.resolve((value.now = before)),
      redo: () => Promise.resolve((value.now = to)),
    });
  };
  return { value, stack, set };
}

describe("the undo stack", () => {
  it("goes back and forth, in order, also when keys come fast", async () => {
    const { value, stack, set } = world();
    set(1);
    set(2);
    set(3);
    await Promise.all([stack.undo(), stack.undo(), stack.undo(), stack.undo()]);
    expect(value.now).toBe(0);
    await stack.redo();
    await stack.redo();
    expect(value.now).toBe(2);
    expect(stack.next).toBe("2");
    expect(stack.nextRedo).toBe("3");
  });

  it("forgets what was undone once something new is done", async () => {
    const { value, stack, set } = world();
    set(1);
    await stack.undo();
    set(5);
    expect(await stack.redo()).toBeNull();
    expect(value.now).toBe(5);
  });

  it("waits for what is still being done, and takes that back", async () => {
    const { value, stack, set } = world();
    set(1);
    let stored: () => void = () => undefined;
    const storing = new Promise<void>((resolve) => (stored = resolve)).then(() => set(2));
    void stack.during(storing);
    const undone = stack.undo();
    stored();
    expect((await undone)?.label).toBe("2");
    expect(value.now).toBe(1);
  });

  it("goes on after work that failed", async () => {
    const { value, stack, set } = world();
    set(1);
    await expect(stack.during(Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    await stack.undo();
    expect(value.now).toBe(0);
  });

  it("keeps a step that could not be taken back", async () => {
    const stack = new UndoStack();
    let fails = true;
    stack.push({ label: "x", undo: () => (fails ? Promise.reject(new Error("busy")) : Promise.resolve()), redo: () => Promise.resolve() });
    await expect(stack.undo()).rejects.toThrow("busy");
    expect(stack.next).toBe("x");
    fails = false;
    expect((await stack.undo())?.label).toBe("x");
  });
});
