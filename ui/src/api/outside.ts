/** What leaves the interface: files chosen by the person, pages opened in the system's browser. */
import { type PickedFile, transport } from "@/platform";

export type { PickedFile };

export const pickFile = (accept: readonly string[]): Promise<PickedFile | null> => transport.pickFile(accept);
export const openLink = (url: string): Promise<void> => transport.openLink(url);
