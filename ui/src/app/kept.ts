/**
 * Preferences of the interface that outlive the window: theme, folded sidebar, single-letter keys, columns of
 * the review. Never anything about
 * clients: web storage is not encrypted.
 */
export type Preference = "theme" | "sidebar" | "letters" | "review.columns";

export function kept(name: Preference): string | null {
  try {
    return localStorage.getItem(`hub.${name}`);
  } catch {
    // Storage may be closed to us; the defaults do.
    return null;
  }
}

export function keep(name: Preference, value: string): void {
  try {
    localStorage.setItem(`hub.${name}`, value);
  } catch {
    // As above: the choice then lasts as long as the window.
  }
}
