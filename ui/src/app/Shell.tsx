/** Sidebar or rail, banner of the link, the screen, and the tab bar of narrow windows. */
import { Link, Navigate, Outlet, useMatches, useNavigate } from "@tanstack/react-router";
import { Copy, History, House, Monitor, Moon, PencilLine, Plus, Settings2, Sun, Unplug } from "lucide-react";
import { useCallback, useState } from "react";

import { type AppState, type FoundClient, useLink } from "@/api";
import { useWords } from "@/i18n";
import { Banner } from "@/kit";

import { isAdmitted, useAppState, useWaiting } from "./account";
import { ClientCard } from "./ClientCard";
import { useClientOpener, useCommands } from "./commands";
import { SchemaNames } from "./field-names";
import { keep, kept } from "./kept";
import { useNarrow } from "./media";
import { useNetworkWatch } from "./online";
import { Count, type Place } from "./places";
import { SampleBanner } from "./Sample";
import { useShortcuts } from "./shortcuts";
import { Sidebar } from "./Sidebar";
import { setTheme } from "./theme";
import { Loaded } from "./Trouble";

export function Shell() {
  const state = useAppState();
  return (
    <div className="h-full">
      <Loaded query={state} whole>{(data) => (isAdmitted(data) ? <SchemaNames><Frame state={data} /></SchemaNames> : <Navigate to="/welcome" replace />)}</Loaded>
    </div>
  );
}

function Frame({ state }: { state: AppState }) {
  const { t } = useWords();
  const narrow = useNarrow();
  const waiting = useWaiting(state.connections);
  const [chosen, setChosen] = useState(() => kept("sidebar"));
  const folds = useMatches().some((match) => match.staticData.folds === true);
  const folded = chosen === null ? folds : chosen === "folded";
  const fold = useCallback(() => {
    const next = folded ? "open" : "folded";
    keep("sidebar", next);
    setChosen(next);
  }, [folded]);
  const places: Place[] = [
    { to: "/home", label: t("nav.home"), icon: House },
    { to: "/review", label: t("nav.review"), icon: PencilLine, count: waiting.review },
    { to: "/duplicates", label: t("nav.duplicates"), icon: Copy, count: waiting.duplicates },
    { to: "/history", label: t("nav.history"), icon: History },
  ];
  useEverywhere(places, fold);
  useNetworkWatch();
  const [card, setCard] = useState<FoundClient | null>(null);
  const navigate = useNavigate();
  useClientOpener((client) => {
    if (client.review === null) return setCard(client);
    const { connection_id: connection, seq } = client.review;
    void navigate({ to: "/review", search: { connection, client: seq, find: client.names[0] ?? client.email ?? "" } });
  });
  return (
    <div className="flex h-full max-wide:flex-col">
      <a href="#main" className="sr-only focus:not-sr-only" onClick={skip}>
        {t("skip")}
      </a>
      {!narrow && <Sidebar state={state} places={places} folded={folded} />}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <TopBanner state={state} />
        <Outlet />
      </div>
      {narrow && <TabBar places={places} />}
      <ClientCard client={card} onClose={() => setCard(null)} />
    </div>
  );
}

/** Hash history owns the fragment: the skip link moves the focus by hand. */
function skip(event: { preventDefault: () => void }) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** One banner at most: that the program is gone comes before all others. */
function TopBanner({ state }: { state: AppState }) {
  const { t } = useWords();
  const link = useLink();
  if (link !== "lost" && state.profile.kind === "sample") {
    return (
      <div className="px-6 pt-3 max-wide:px-4">
        <SampleBanner state={state} />
      </div>
    );
  }
  if (link !== "lost") return null;
  return (
    <div className="p-4 pb-0">
      <Banner tone="warn" icon={Unplug} title={t("link.lost")} text={t("link.lostText")} />
    </div>
  );
}

function TabBar({ places }: { places: readonly Place[] }) {
  const { t } = useWords();
  const all = [...places, { to: "/settings" as const, label: t("nav.settings"), icon: Settings2, count: 0 }];
  return (
    <nav data-pane="" tabIndex={-1} aria-label={t("nav.main")} className="flex h-16 flex-none border-t border-line bg-canvas">
      {all.map(({ to, label, icon: Icon, count }) => (
        <Link
          key={to}
          to={to}
          className="relative flex min-w-0 flex-1 flex-col items-center justify-center gap-1 text-tiny text-ink2 no-underline"
          activeProps={{ className: "font-semibold text-pri", "aria-current": "page" }}
        >
          <span className="relative">
            <Icon size={20} aria-hidden />
            {count !== undefined && count > 0 && <Count count={count} />}
          </span>
          <span className="max-w-full truncate px-0.5">{label}</span>
        </Link>
      ))}
    </nav>
  );
}

/** Shortcuts and commands that work on every screen. */
function useEverywhere(places: readonly Place[], fold: () => void): void {
  const { t } = useWords();
  const navigate = useNavigate();
  const go = (to: Place["to"] | "/add") => () => void navigate({ to });
  useShortcuts(t("shortcuts.anywhere"), [
    ...places.map(({ to, label }, index) => ({ keys: `mod+${String(index + 1)}`, label, run: go(to) })),
    { keys: "mod+,", label: t("nav.settings"), run: go("/settings") },
    { keys: "mod+n", label: t("nav.add"), run: go("/add") },
    { keys: "mod+\\", label: t("nav.fold"), run: fold },
    { keys: "f6", label: t("nav.nextPane"), run: nextPane },
  ]);
  useCommands([
    ...places.map(({ to, label, icon }, index) => ({ key: to, label, icon, note: t("palette.go"), keys: `mod+${String(index + 1)}`, run: go(to) })),
    { key: "/settings", label: t("nav.settings"), icon: Settings2, note: t("palette.go"), keys: "mod+,", run: go("/settings") },
    { key: "/add", label: t("nav.add"), icon: Plus, note: t("palette.action"), keys: "mod+n", run: go("/add") },
    { key: "light", label: t("theme.light"), icon: Sun, note: t("palette.action"), run: () => setTheme("light") },
    { key: "dark", label: t("theme.dark"), icon: Moon, note: t("palette.action"), run: () => setTheme("dark") },
    { key: "system", label: t("theme.system"), icon: Monitor, note: t("palette.action"), run: () => setTheme("system") },
  ]);
}

/** Sidebar, header, content, panel, footer: in the order they stand in the page. */
function nextPane(): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")];
  const at = panes.findLastIndex((pane) => pane.contains(document.activeElement));
  panes[(at + 1) % panes.length]?.focus();
}
