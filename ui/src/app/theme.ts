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

const systemIsDark = () => matchMedia("(prefers-color-scheme: dark)");

/** Puts the theme on the page: the chosen one, else the system's of this moment. */
export function applyTheme(): void {
  const now = theme();
  document.documentElement.dataset["theme"] = now === "system" ? (systemIsDark().matches ? "dark" : "light") : now;
}

/** As `applyTheme`, now and whenever the system changes its mind. */
export function followTheme(): void {
  applyTheme();
  systemIsDark().addEventListener("change", applyTheme);
}

export function useTheme(): [Theme, (next: Theme) => void] {
  const now = useSyncExternalStore((tell) => {
    changed.add(tell);
    return () => changed.delete(tell);
  }, theme);
  return [now, setTheme];
}
