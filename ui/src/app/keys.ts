/** Shortcuts as text ("mod+k", "shift+?", "j"), matched against key presses and written for the reader's system. Pure. */
export interface Press {
  key: string;
  metaKey: boolean;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

interface Parsed {
  mod: boolean;
  shift: boolean;
  alt: boolean;
  key: string;
}

function parse(keys: string): Parsed {
  const parts = keys.split("+");
  const key = parts.at(-1) ?? "";
  return { mod: parts.includes("mod"), shift: parts.includes("shift"), alt: parts.includes("alt"), key: key.toLowerCase() };
}

/** Whether a press is the shortcut. Signs such as "?" carry their own Shift. */
export function fits(keys: string, press: Press, mac: boolean): boolean {
  const wanted = parse(keys);
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  const sign = wanted.key.length === 1 && !/[a-z0-9]/.test(wanted.key);
  return (
    press.key.toLowerCase() === wanted.key &&
    mod === wanted.mod &&
    !other &&
    press.altKey === wanted.alt &&
    (sign || press.shiftKey === wanted.shift)
  );
}

/** A letter or sign alone: acts only outside of fields, and can be turned off. */
export function isSingle(keys: string): boolean {
  const { mod, alt, key } = parse(keys);
  return !mod && !alt && key.length === 1;
}

const NAMES: Record<string, string> = {
  arrowup: "↑",
  arrowdown: "↓",
  arrowleft: "←",
  arrowright: "→",
  enter: "↵",
  backspace: "⌫",
  escape: "Esc",
};

/** The keys one by one, as they are drawn. */
export function drawn(keys: string, mac: boolean): string[] {
  const { mod, shift, alt, key } = parse(keys);
  return [
    ...(mod ? [mac ? "⌘" : "Ctrl"] : []),
    ...(alt ? [mac ? "⌥" : "Alt"] : []),
    ...(shift ? [mac ? "⇧" : "Shift"] : []),
    NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key.charAt(0).toUpperCase() + key.slice(1)),
  ];
}
