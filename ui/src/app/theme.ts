/** Light, dark or as the system: the one preference that must be known before the first paint. */
import { useSyncExternalStore } from "react";

import { keep, kept } from "./kept";

export type Theme = "system" | "light" | "dark";

const changed = new Set<() => void>();

export function theme(): Theme {
  const stored = kept("theme");
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function setTheme(next: Theme): void {
  keep("theme", next);
  applyTheme();
  for (const tell of changed) tell();
}

/** Puts the preference on the page. */
export function applyTheme(): void {
  const now = theme();
  if (now === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = now;
}

export function useTheme(): [Theme, (next: Theme) => void] {
  const now = useSyncExternalStore((tell) => {
    changed.add(tell);
    return () => changed.delete(tell);
  }, theme);
  return [now, setTheme];
}
