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

/** Saves a text as a file: into the browser's downloads, or where the person says in the window. Whether it was saved. */
export const saveText = (name: string, type: "text/csv" | "application/json" | "application/toml", text: string): Promise<boolean> => transport.saveText(name, type, text);

/** Whether saved files go to the browser's downloads rather than to a place that the person chose. */
export const savesToDownloads = transport.door === "serve";
