/**
 * Files that somebody chose, dropped or opened with the program, until they are imported: an opaque id, a name and a size
 * each. They wait here whatever screen is open, and before a sign-in too.
 */
import { useSyncExternalStore } from "react";

import type { PickedFile } from "@/api";

/** Files of one import, as the program takes them. */
export const MOST_FILES = 32;
/** What the program reads, as a chooser is told. */
export const ENDINGS = [".csv", ".tsv", ".txt", ".xlsx", ".ods", ".zip", ".vcf", ".ics", ".html", ".htm"] as const;

export class HeldFiles {
  #files: readonly PickedFile[] = [];
  #changed = new Set<() => void>();

  all = (): readonly PickedFile[] => this.#files;

  /** Joins those that are there; a file of the same name and size takes the place of the one before. */
  add(files: readonly PickedFile[]): void {
    const isNew = (held: PickedFile) => !files.some((file) => file.name === held.name && file.size === held.size);
    this.#set([...this.#files.filter(isNew), ...files].slice(-MOST_FILES));
  }

  remove(fileId: string): void {
    this.#set(this.#files.filter((file) => file.fileId !== fileId));
  }

  clear(): void {
    this.#set([]);
  }

  watch = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  #set(files: readonly PickedFile[]): void {
    this.#files = files;
    for (const changed of this.#changed) changed();
  }
}

export const heldFiles = new HeldFiles();

/** A file that describes a source of one's own, for the step that reads it. It is read once: a key may be in it. */
export class HeldSource {
  #file: PickedFile | null = null;
  #isDefinition = false;
  #begun = false;
  #changed = new Set<() => void>();

  get = (): PickedFile | null => this.#file;

  /** Whether it waits to be read. */
  get waits(): boolean {
    return this.#file !== null && !this.#begun;
  }

  /** Whether it is a definition, and not something to find one out from. */
  get isDefinition(): boolean {
    return this.#isDefinition;
  }

  hold(file: PickedFile, isDefinition = false): void {
    this.#begun = false;
    this.#isDefinition = isDefinition;
    this.#set(file);
  }

  /** The file for whoever reads it; nothing the second time. */
  begin(): PickedFile | null {
    if (!this.waits) return null;
    this.#begun = true;
    return this.#file;
  }

  release(): void {
    if (this.#file === null) return;
    this.#isDefinition = false;
    this.#set(null);
  }

  watch = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };

  #set(file: PickedFile | null): void {
    this.#file = file;
    for (const changed of this.#changed) changed();
  }
}

export const heldSource = new HeldSource();

export const useHeldSource = (): PickedFile | null => useSyncExternalStore(heldSource.watch, heldSource.get);

export const useHeldFiles = (): readonly PickedFile[] => useSyncExternalStore(heldFiles.watch, heldFiles.all);
