/** The command palette and its registry: who is on screen says what can be done; ⌘K finds it. */
import { CornerDownLeft, type LucideIcon, Search } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { createContext, type KeyboardEvent, type ReactNode, type RefObject, useContext, useEffect, useId, useMemo, useRef, useState } from "react";

import type { FoundClient } from "@/api";
import { useWords } from "@/i18n";
import { Kbd } from "@/kit";

import { useFoundClients } from "./found-clients";
import { Keys, useShortcuts } from "./shortcuts";

export interface PaletteCommand {
  key: string;
  label: string;
  icon?: LucideIcon;
  /** A second line: an e-mail and a venue. */
  more?: string;
  /** At the right: a date, a count, "Action". */
  note?: string;
  /** More words that find it. */
  words?: string;
  /** Its shortcut, as registered: "mod+,". */
  keys?: string;
  run: () => void;
}

type Source = RefObject<readonly PaletteCommand[]>;

interface Palette {
  sources: Set<Source>;
  open: () => void;
  /** Who opens a client that was found; nobody where none can be opened, as before the sign-in. */
  openers: Set<RefObject<Opener>>;
}

type Opener = (client: FoundClient) => void;

const PaletteContext = createContext<Palette | null>(null);

function usePalette(): Palette {
  const palette = useContext(PaletteContext);
  if (palette === null) throw new Error("PaletteProvider is missing");
  return palette;
}

/** Opens the palette, for a search box that is a button. */
export const useOpenPalette = (): (() => void) => usePalette().open;

/** Offers commands while the component is on screen. */
export function useCommands(commands: readonly PaletteCommand[]): void {
  const { sources } = usePalette();
  const current = useRef(commands);
  useEffect(() => {
    current.current = commands;
  });
  useEffect(() => {
    sources.add(current);
    return () => void sources.delete(current);
  }, [sources]);
}

/** Opens clients that the palette finds, while the component is on screen; without one it finds none. */
export function useClientOpener(open: Opener): void {
  const { openers } = usePalette();
  const current = useRef(open);
  useEffect(() => {
    current.current = open;
  });
  useEffect(() => {
    openers.add(current);
    return () => void openers.delete(current);
  }, [openers]);
}

export function PaletteProvider({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const palette = useMemo<Palette>(() => ({ sources: new Set(), open: () => setOpen(true), openers: new Set() }), []);
  useShortcuts(t("shortcuts.anywhere"), [{ keys: "mod+k", label: t("palette.title"), run: palette.open }]);
  return (
    <PaletteContext value={palette}>
      {children}
      <Radix.Root open={open} onOpenChange={setOpen}>
        <Radix.Portal>
          <Radix.Overlay className="fade-in fixed inset-0 z-50 bg-(--scrim)" />
          <Radix.Content
            aria-describedby={undefined}
            className="rise fixed left-1/2 top-[12vh] z-50 w-[min(36rem,calc(100vw-32px))] -translate-x-1/2 overflow-hidden rounded-dialog border border-line2 bg-card shadow-dialog"
          >
            <Radix.Title className="sr-only">{t("palette.title")}</Radix.Title>
            <Finder palette={palette} done={() => setOpen(false)} />
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </PaletteContext>
  );
}

/** A combobox over what is offered; words may come in any order. */
function Finder({ palette, done }: { palette: Palette; done: () => void }) {
  const { t } = useWords();
  const id = useId();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [offered] = useState(() => [...palette.sources].flatMap((source) => source.current));
  const [opener] = useState(() => [...palette.openers].at(-1));
  const clients = useFoundClients(opener === undefined ? "" : query, (client) => opener?.current(client));
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = offered.filter((command) => {
    const text = `${command.label} ${command.words ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  // What can be done keeps its place while clients are still being looked for.
  const found = [...fitting, ...clients.found];
  const chosen = found[Math.min(at, found.length - 1)];

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt(found.length === 0 ? 0 : (Math.min(at, found.length - 1) + step + found.length) % found.length);
    } else if (event.key === "Enter" && chosen !== undefined) {
      event.preventDefault();
      done();
      chosen.run();
    }
  }

  return (
    <>
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Search size={16} className="text-ink2" aria-hidden />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.key}`}
          aria-label={t("palette.title")}
          className="h-11 min-w-0 flex-1 bg-transparent outline-none"
          placeholder={t("palette.placeholder")}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Kbd>{t("keys.escape")}</Kbd>
      </div>
      <ul role="listbox" id={`${id}-list`} aria-label={t("palette.found")} className="max-h-[50vh] overflow-auto p-1.5">
        {found.map((command) => (
          <li
            key={command.key}
            id={`${id}-${command.key}`}
            role="option"
            aria-selected={command === chosen}
            className={`flex min-h-[34px] items-center gap-3 rounded-control px-2.5 ${command === chosen ? "bg-sel font-semibold" : ""}`}
            onClick={() => {
              done();
              command.run();
            }}
          >
            {command.icon ? <command.icon size={15} aria-hidden /> : <CornerDownLeft size={15} aria-hidden />}
            <span className="min-w-0 flex-1">
              <span className="block truncate">{command.label}</span>
              {command.more !== undefined && <span className="block truncate text-hint font-normal text-ink2">{command.more}</span>}
            </span>
            {command.note !== undefined && <span className="text-hint font-normal text-ink2">{command.note}</span>}
            {command.keys !== undefined && <Keys keys={command.keys} />}
          </li>
        ))}
      </ul>
      <p className={found.length === 0 ? "px-4 pb-4 text-ink2" : "sr-only"} role="status">
        {clients.searching ? t("palette.searching") : found.length === 0 ? t("palette.none") : words.length === 0 ? "" : t("palette.count", { count: found.length })}
      </p>
    </>
  );
}
