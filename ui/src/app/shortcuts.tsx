/** The registry of shortcuts: who is on screen registers its keys, one listener runs them, "?" lists them. */
import { createContext, Fragment, type ReactNode, type RefObject, useContext, useEffect, useMemo, useRef, useState } from "react";

import { useWords } from "@/i18n";
import { Dialog, Kbd } from "@/kit";

import { system } from "./host";
import { kept } from "./kept";
import { drawn, fits, isSingle } from "./keys";

export interface Shortcut {
  /** "mod+k", "shift+arrowdown", "j": see keys.ts. */
  keys: string;
  /** What it does, for the list. */
  label: string;
  run: () => void;
  /** Only while the focus is inside; single letters should always have one. */
  within?: RefObject<HTMLElement | null>;
  /** Off without leaving the list. */
  disabled?: boolean;
}

/** A heading of the list and its shortcuts; the newest registration wins where keys are the same. */
interface Registered {
  heading: string;
  shortcuts: readonly Shortcut[];
}

class Registry {
  readonly all = new Set<RefObject<Registered>>();

  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const field = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable='true']") !== null;
    const letters = kept("letters") !== "off";
    for (const registered of [...this.all].reverse()) {
      for (const shortcut of registered.current.shortcuts) {
        if (shortcut.disabled || !fits(shortcut.keys, event, system === "mac")) continue;
        if (isSingle(shortcut.keys) && (field || !letters)) continue;
        const place = shortcut.within?.current;
        if (shortcut.within !== undefined && !(place?.contains(document.activeElement) ?? false)) continue;
        event.preventDefault();
        shortcut.run();
        return;
      }
    }
  }
}

const ShortcutContext = createContext<Registry>(new Registry());

export function ShortcutProvider({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const registry = useMemo(() => new Registry(), []);
  const [listed, setListed] = useState<readonly Registered[] | null>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => registry.press(event);
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [registry]);
  return (
    <ShortcutContext value={registry}>
      <OwnShortcut open={() => setListed([...registry.all].map((each) => each.current))} />
      {children}
      <Dialog open={listed !== null} onClose={() => setListed(null)} title={t("shortcuts.title")}>
        {listed?.map((group, position) => (
          <section key={`${group.heading}-${String(position)}`} className="mt-3">
            <h3 className="mb-1 text-hint font-semibold text-ink3">{group.heading}</h3>
            <dl className="grid grid-cols-[1fr_auto] gap-y-1.5">
              {group.shortcuts.map((shortcut) => (
                <Fragment key={shortcut.keys}>
                  <dt>{shortcut.label}</dt>
                  <dd>
                    <Keys keys={shortcut.keys} />
                  </dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </Dialog>
    </ShortcutContext>
  );
}

function OwnShortcut({ open }: { open: () => void }) {
  const { t } = useWords();
  useShortcuts(t("shortcuts.anywhere"), [{ keys: "?", label: t("shortcuts.list"), run: open }]);
  return null;
}

/** Registers shortcuts while the component is on screen. */
export function useShortcuts(heading: string, shortcuts: readonly Shortcut[]): void {
  const registry = useContext(ShortcutContext);
  const current = useRef<Registered>({ heading, shortcuts });
  useEffect(() => {
    current.current = { heading, shortcuts };
  });
  useEffect(() => {
    registry.all.add(current);
    return () => void registry.all.delete(current);
  }, [registry]);
}

/** A shortcut drawn as keys. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-1">
      {drawn(keys, system === "mac").map((key) => (
        <Kbd key={key}>{key}</Kbd>
      ))}
    </span>
  );
}
