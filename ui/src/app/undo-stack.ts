/** Steps taken and taken back, in order. One at a time: a second ⌘Z waits for the first, and each for what is still being done. */
export interface Step {
  /** "Imogen & Will joined": completes "Undone: …". */
  label: string;
  undo: () => Promise<unknown>;
  redo: () => Promise<unknown>;
}

/** More than anyone takes back by hand. */
const MOST = 200;

export class UndoStack {
  #done: Step[] = [];
  #undone: Step[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  push(step: Step): void {
    this.#done = [...this.#done, step].slice(-MOST);
    this.#undone = [];
  }

  /** Forgets everything: what it names has other numbers now. */
  clear(): void {
    this.#done = [];
    this.#undone = [];
  }

  get next(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }

  get nextRedo(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  /** What is being done now and pushes its step once that is certain: undo that is asked for meanwhile waits for it. */
  during<T>(work: Promise<T>): Promise<T> {
    this.#turn = Promise.allSettled([this.#turn, work]);
    return work;
  }

  /** Takes the last step back. One that cannot be taken back stays, and the reason is thrown. */
  undo(): Promise<Step | null> {
    return this.#inTurn(async () => {
      const step = this.#done.at(-1);
      if (step === undefined) return null;
      await step.undo();
      this.#done = this.#done.filter((each) => each !== step);
      this.#undone.push(step);
      return step;
    });
  }

  redo(): Promise<Step | null> {
    return this.#inTurn(async () => {
      const step = this.#undone.at(-1);
      if (step === undefined) return null;
      await step.redo();
      this.#undone = this.#undone.filter((each) => each !== step);
      this.#done.push(step);
      return step;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
