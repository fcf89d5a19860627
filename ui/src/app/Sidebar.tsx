/** The sidebar, 220 wide, or its rail of 64: places, CRMs, settings, account. */
import { Link } from "@tanstack/react-router";
import { CircleAlert, CirclePause, Cloud, CloudOff, LoaderCircle, Plus, Search, Settings2 } from "lucide-react";
import type { ReactNode } from "react";

import { type AppState, type ConnectionView, useRead } from "@/api";
import { useWords } from "@/i18n";
import { CrmMark, Tooltip, WedSyncMark } from "@/kit";

import { tierName } from "./account";
import { useOpenPalette } from "./commands";
import { useOnline } from "./online";
import { Count, type Place } from "./places";
import { Keys } from "./shortcuts";

const ITEM = "flex min-h-[30px] w-full items-center gap-3 rounded-control px-2 text-body text-ink2 no-underline hover:bg-hover";
const RAIL_ITEM = "relative grid size-10 place-items-center rounded-control text-ink2 no-underline hover:bg-hover";
const CHOSEN = { className: "bg-sel font-semibold !text-ink", "aria-current": "page" } as const;

export function Sidebar({ state, places, folded }: { state: AppState; places: readonly Place[]; folded: boolean }) {
  return folded ? <Rail state={state} places={places} /> : <Open state={state} places={places} />;
}

function Open({ state, places }: { state: AppState; places: readonly Place[] }) {
  const { t } = useWords();
  const find = useOpenPalette();
  const online = useOnline();
  const off = useSwitchedOff();
  return (
    <nav data-pane="" tabIndex={-1} aria-label={t("nav.main")} className="flex w-55 flex-none flex-col gap-1 overflow-y-auto border-r border-line bg-canvas px-3 pb-3">
      <div data-tauri-drag-region className="flex h-13 flex-none items-center gap-2 px-2 font-semibold">
        <WedSyncMark size={22} />
        {t("product")}
      </div>
      <button type="button" onClick={find} className="mb-2 flex min-h-[30px] items-center gap-2 rounded-control border border-ctl bg-card px-2 text-small text-ink2">
        <Search size={14} aria-hidden />
        <span className="flex-1 text-left">{t("nav.find")}</span>
        <Keys keys="mod+k" />
      </button>
      {places.map(({ to, label, icon: Icon, count }) => (
        <Link key={to} to={to} className={ITEM} activeProps={CHOSEN}>
          <Icon size={16} aria-hidden />
          <span className="flex-1">{label}</span>
          {count !== undefined && count > 0 && <span className="num text-head">{count}</span>}
        </Link>
      ))}
      <div className="mt-4 flex items-center justify-between px-2 text-small text-ink2">
        <h2 className="font-[550]">{t("nav.crms")}</h2>
        <Link to="/add" aria-label={t("nav.add")} className="grid size-6 place-items-center rounded-small text-ink2 hover:bg-hover">
          <Plus size={15} aria-hidden />
        </Link>
      </div>
      {state.connections.length === 0 && <p className="px-2 text-hint text-ink3">{t("nav.noCrms")}</p>}
      {state.connections.map((connection) => (
        <Link key={connection.id} to="/review" search={{ connection: connection.id }} className={ITEM}>
          <CrmMark provider={connection.provider} name={connection.name} size={18} />
          <span className="min-w-0 flex-1 truncate">{connection.name}</span>
          <State connection={connection} off={off.has(connection.id)} />
        </Link>
      ))}
      <span className="flex-1" />
      <Link to="/settings" className={ITEM} activeProps={CHOSEN}>
        <Settings2 size={16} aria-hidden />
        {t("nav.settings")}
      </Link>
      <p className="flex items-center gap-2 px-2 text-hint text-ink2">
        {online ? <Cloud size={14} aria-hidden /> : <CloudOff size={14} aria-hidden />}
        {online ? t("state.online") : t("state.offline")}
      </p>
      {state.signed_in !== null && (
        <div className="mt-2 flex items-center gap-3 border-t border-line px-2 pt-3">
          <Initials name={state.signed_in.user_name} />
          <div className="min-w-0">
            <p className="truncate text-small font-semibold">{state.signed_in.supplier_name}</p>
            <p className="truncate text-hint text-ink2">
              {t("account.plan", { tier: tierName(state.signed_in.tier), count: state.connections.length })}
            </p>
          </div>
        </div>
      )}
    </nav>
  );
}

function Rail({ state, places }: { state: AppState; places: readonly Place[] }) {
  const { t } = useWords();
  const find = useOpenPalette();
  const online = useOnline();
  const off = useSwitchedOff();
  return (
    <nav data-pane="" tabIndex={-1} aria-label={t("nav.main")} className="flex w-16 flex-none flex-col items-center gap-1 overflow-y-auto border-r border-line bg-canvas pb-3">
      <div data-tauri-drag-region className="grid h-13 flex-none place-items-center">
        <WedSyncMark />
      </div>
      <Named name={t("nav.find")}>
        <button type="button" aria-label={t("nav.find")} onClick={find} className={RAIL_ITEM}>
          <Search size={17} aria-hidden />
        </button>
      </Named>
      {places.map(({ to, label, icon: Icon, count }) => (
        <Named key={to} name={label}>
          <Link to={to} aria-label={count !== undefined && count > 0 ? t("nav.counted", { label, count }) : label} className={RAIL_ITEM} activeProps={CHOSEN}>
            <span className="relative">
              <Icon size={17} aria-hidden />
              {count !== undefined && count > 0 && <Count count={count} />}
            </span>
          </Link>
        </Named>
      ))}
      <span className="my-2 h-px w-6 bg-line2" />
      {state.connections.map((connection) => (
        <Named key={connection.id} name={off.has(connection.id) ? t("crm.off.named", { name: connection.name }) : connection.name}>
          <Link to="/review" search={{ connection: connection.id }} aria-label={off.has(connection.id) ? t("crm.off.named", { name: connection.name }) : connection.name} className={RAIL_ITEM}>
            <CrmMark provider={connection.provider} name={connection.name} size={24} />
            {off.has(connection.id) && <CirclePause size={13} className="absolute right-0.5 bottom-0.5 rounded-full bg-canvas text-warn" aria-hidden />}
          </Link>
        </Named>
      ))}
      <span className="flex-1" />
      <Named name={t("nav.settings")}>
        <Link to="/settings" aria-label={t("nav.settings")} className={RAIL_ITEM} activeProps={CHOSEN}>
          <Settings2 size={17} aria-hidden />
        </Link>
      </Named>
      <Named name={t(online ? "state.online" : "state.offline")}>
        <span role="img" aria-label={t(online ? "state.online" : "state.offline")} className="grid size-10 place-items-center">
          {online ? <Cloud size={17} className="text-ink2" aria-hidden /> : <CloudOff size={17} className="text-warn" aria-hidden />}
        </span>
      </Named>
      {state.signed_in !== null && <Initials name={state.signed_in.user_name} />}
    </nav>
  );
}

function Named({ name, children }: { name: string; children: ReactNode }) {
  return <Tooltip text={name}>{children}</Tooltip>;
}

/** The connections that WedSync keeps everybody from reading at present. */
function useSwitchedOff(): ReadonlySet<string> {
  const known = useRead("definitions.state", {}).data?.connections ?? [];
  return new Set(known.filter(({ off }) => off !== null).map(({ connection_id }) => connection_id));
}

/** Colour, icon and a word for screen readers. */
function State({ connection, off }: { connection: ConnectionView; off: boolean }) {
  const { t } = useWords();
  if (off) {
    return (
      <>
        <CirclePause size={14} className="text-warn" aria-hidden />
        <span className="sr-only">{t("crm.off")}</span>
      </>
    );
  }
  switch (connection.status) {
    case "sync_in_progress":
      return (
        <>
          <LoaderCircle size={14} className="spin text-pri" aria-hidden />
          <span className="sr-only">{t("crm.running")}</span>
        </>
      );
    case "connected":
      return (
        <>
          <span className="size-[7px] rounded-full bg-ok-dot" aria-hidden />
          <span className="sr-only">{t("crm.connected")}</span>
        </>
      );
    case "error":
    case "pending_auth":
    case "disconnected":
      return (
        <>
          <CircleAlert size={14} className="text-warn" aria-hidden />
          <span className="sr-only">{t("crm.needsYou")}</span>
        </>
      );
  }
}

function Initials({ name }: { name: string }) {
  const letters = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join("");
  return (
    <span aria-hidden className="grid size-[26px] flex-none place-items-center rounded-full text-tiny font-bold" style={{ background: "oklch(var(--mark-tile-l) var(--mark-tile-c) 350)", color: "oklch(var(--mark-text-l) var(--mark-text-c) 350)" }}>
      {letters}
    </span>
  );
}
