/** What is known of a CRM: how to reach it, what comes in, how sure that is, where to find what is needed. */
import { AppWindow, CalendarDays, CircleHelp, CirclePause, Clock, FileUp, Info, KeyRound, Radio } from "lucide-react";

import type { ProviderInfo, ProviderRoute } from "@/api";
import { useMessage, useWords } from "@/i18n";
import { Button } from "@/kit";

import { brings, knownAs, waysIn, waysLater, waysOff } from "./providers";

interface WaysProps {
  provider: ProviderInfo;
  onChoose: (route: ProviderRoute) => void;
}

export function Ways({ provider, onChoose }: WaysProps) {
  const { t } = useWords("add");
  const ways = waysIn(provider);
  const say = useMessage();
  const later = waysLater(provider);
  const off = waysOff(provider);
  return (
    <section aria-label={t("ways.of", { name: provider.name })} className="col-span-full rounded-card border border-line bg-canvas p-5">
      {off.map((route) => (
        <p key={route.kind} className="mb-4 flex items-start gap-1.5">
          <CirclePause size={15} className="mt-0.5 flex-none" aria-hidden />
          {route.off !== undefined && say(route.off)}
        </p>
      ))}
      {ways.length === 0 && off.length === 0 && <p className="mb-4">{t("ways.none", { name: provider.name })}</p>}
      <div className="grid gap-x-8 gap-y-5 desk:grid-cols-2">
        {ways.map((route) => (
          <Way key={route.kind} provider={provider} route={route} onChoose={ways.length > 1 ? () => onChoose(route) : undefined} />
        ))}
      </div>
      {later.length > 0 && (
        <div className={ways.length > 0 ? "mt-5 border-t border-line pt-4" : ""}>
          <h2 className="flex items-center gap-1.5 text-hint font-semibold text-ink2">
            <Clock size={13} aria-hidden />
            {t("choose.later")}
          </h2>
          <ul className="mt-1 flex flex-col gap-0.5 text-hint text-ink2">
            {later.map((route) => (
              <li key={route.kind}>
                {t(`ways.kind.${route.kind}`, { name: provider.name })}. {t(`ways.known.${knownAs(route)}`, { name: provider.name })}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Way({ provider, route, onChoose }: { provider: ProviderInfo; route: ProviderRoute; onChoose: (() => void) | undefined }) {
  const { t } = useWords("add");
  const say = useMessage();
  const { records, limits } = brings(provider, route.kind);
  const Icon = route.kind === "file" ? FileUp : route.kind === "sign_in" ? AppWindow : route.kind === "bridge" ? Radio : route.kind === "feed" ? CalendarDays : KeyRound;
  const kind = route.recognised ? "address" : route.kind;
  return (
    <div className="min-w-0">
      <h2 className="flex items-center gap-2 font-semibold">
        <Icon size={15} aria-hidden />
        {t(`ways.kind.${kind}`, { name: provider.name })}
      </h2>
      <p className="mt-1 text-hint text-ink2">{t("ways.brings", { records: records.map((record) => t(`record.${record}`)).join("; ") })}</p>
      {limits.map(({ limitation }) => (limitation === null ? null : <p key={limitation.id} className="text-hint text-ink2">{say(limitation)}.</p>))}
      <p className="text-hint text-ink2">{t(`ways.known.${knownAs(route)}`, { name: provider.name })}</p>
      {route.note !== null && (
        <p className="mt-1.5 flex items-start gap-1.5 text-hint text-ink2">
          <Info size={13} className="mt-0.5 flex-none" aria-hidden />
          {say(route.note)}
        </p>
      )}
      <p className="mt-1.5 flex items-start gap-1.5 text-hint text-ink2">
        <CircleHelp size={13} className="mt-0.5 flex-none" aria-hidden />
        {say(route.help)}
      </p>
      {onChoose !== undefined && (
        <Button className="mt-3" size="sm" onClick={onChoose}>
          {t(`ways.go.${route.auth === "oauth2" ? "browser" : kind === "file" ? "file" : kind === "sign_in" ? "window" : kind === "bridge" ? "bridge" : kind === "feed" ? "feed" : kind === "address" ? "address" : "key"}`)}
        </Button>
      )}
    </div>
  );
}
