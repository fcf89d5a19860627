/** Which computer this is, for its words ("this Mac", "Keychain") and its keys (⌘ or Ctrl). */
export type System = "mac" | "windows" | "other";

/** `hub serve` answers on loopback only, so the browser's computer is the program's own. */
export function systemOf(agent: string): System {
  if (/Macintosh|Mac OS X/.test(agent)) return "mac";
  if (/Windows/.test(agent)) return "windows";
  return "other";
}

export const system: System = systemOf(navigator.userAgent);

/** Whether the command key of shortcuts is held: ⌘ on a Mac, Ctrl elsewhere. */
export function isCommandKey(event: { metaKey: boolean; ctrlKey: boolean }): boolean {
  return system === "mac" ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
}
