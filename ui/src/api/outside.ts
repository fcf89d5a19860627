/** What leaves the interface: files chosen by the person, pages opened in the system's browser. */
import { type PickedFile, transport } from "@/platform";

export type { PickedFile };

export const pickFile = (accept: readonly string[]): Promise<PickedFile | null> => transport.pickFile(accept);
export const takeFiles = (files: readonly File[]): Promise<PickedFile[]> => transport.takeFiles(files);
export const openLink = (url: string): Promise<void> => transport.openLink(url);

/** Whether the interface can change to the sample's profile and back. */
export const canChangeProfile = transport.sample !== null;
export const beginSample = (): Promise<void> => transport.sample?.begin() ?? Promise.resolve();
export const endSample = (): Promise<void> => transport.sample?.end() ?? Promise.resolve();

/** Whether the interface can open a profile that is locked. */
export const canUnlock = transport.unlock !== null;
export const unlock = (passphrase: string): Promise<void> => transport.unlock?.(passphrase) ?? Promise.resolve();

/** Whether this host lets the interface save a file: a browser downloads, the window has no door for it. */
export const canSave = transport.door === "serve";

/** Hands a text to the browser's downloads. Only where {@link canSave}. */
export function saveText(name: string, type: "text/csv" | "application/json", text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the bytes by the end of this turn's tasks.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
