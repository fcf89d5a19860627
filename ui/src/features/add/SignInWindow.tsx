/** Step 2 for a site without a key to give: its own page opens in a sealed window, and the person signs in there by themselves. */
import { useNavigate } from "@tanstack/react-router";
import { AppWindow, ArrowLeft, ArrowRight, ArrowUpRight, BadgeCheck, CalendarClock, EyeOff, Gauge, Lock, RotateCw } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";

import { type AppState, type ConnectionView, type ProviderInfo, type ProviderRoute, useCommand } from "@/api";
import { TroublePanel } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Button, Checkbox, Input } from "@/kit";

import { Frame } from "./Frame";
import { useAttempt, WaitingCard } from "./Waiting";

/** Version of the text that is agreed to; the program opens no window for another. */
const CONSENT = "sign-in-1";
/** The same of the note about a provider's terms. */
const TERMS = "undocumented-1";

/** What is known of whoever's page opens. */
export type Site = Pick<ProviderInfo, "key" | "name" | "rate_limits">;
/** What is known of the way. */
export type SiteWay = Pick<ProviderRoute, "note" | "needs_address" | "off_until" | "on_since">;

interface SignInWindowProps {
  provider: Site;
  route: SiteWay;
  state: AppState;
  /** A connection that signs in again. */
  connection: ConnectionView | undefined;
  /** A definition of a site of one's own, in place of the provider's. */
  definition?: string;
  /** Where "back" leads to, in place of the choice. */
  onBack?: () => void;
}

/** A way that the provider allows nobody is switched on first, in a step of its own. */
export function SignInWindow(props: SignInWindowProps) {
  const off = props.route.off_until !== null && props.route.on_since === null;
  return off ? <SwitchOn provider={props.provider} note={props.route.off_until} /> : <Window {...props} />;
}

function SwitchOn({ provider, note }: { provider: Site; note: ProviderRoute["off_until"] }) {
  const { t } = useWords("add");
  const say = useMessage();
  const navigate = useNavigate();
  const [agrees, setAgrees] = useState(false);
  const allow = useCommand("crm_way.allow");
  const name = provider.name;
  return (
    <Frame
      step="connect"
      provider={provider}
      title={t("switch.title", { name })}
      lead={t("switch.lead", { name })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: { provider: provider.key } })}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          <Button
            look="primary"
            busy={allow.isPending}
            unavailable={!agrees && t("site.agree.missing")}
            onClick={() => allow.mutate({ provider: provider.key, consent_text_version: TERMS })}
          >
            {t("switch.on")}
          </Button>
        </>
      }
    >
      <div className="flex max-w-[44rem] flex-col gap-5">
        <div className="flex flex-col gap-3 rounded-card border border-warn-line bg-warn-soft p-4">
          {note !== null && <p>{say(note)}</p>}
          <Checkbox checked={agrees} onChange={setAgrees} label={t("switch.agree", { name })} />
        </div>
        {allow.error !== null && <TroublePanel error={allow.error} />}
        <p className="flex items-center gap-2 text-hint text-ink2">
          <Lock size={14} className="flex-none" aria-hidden />
          {t("switch.kept")}
        </p>
      </div>
    </Frame>
  );
}

function Window({ provider, route, state, connection, definition, onBack }: SignInWindowProps) {
  const { t } = useWords("add");
  const navigate = useNavigate();
  const [attempt, setAttempt] = useState<string | null>(null);
  const [agrees, setAgrees] = useState(false);
  const begin = useCommand("crm_sign_in.open_window", { onSuccess: (begun) => setAttempt(begun.attempt_id) });
  const name = provider.name;
  return (
    <Frame
      step="connect"
      provider={provider}
      title={t("site.title", { name })}
      lead={t("site.lead", { name })}
      footer={
        <>
          <Button
            look="quiet"
            className="-ml-3"
            icon={ArrowLeft}
            onClick={() => void (onBack !== undefined ? onBack() : connection === undefined ? navigate({ to: "/add", search: { provider: provider.key } }) : navigate({ to: "/home" }))}
          >
            {t("back")}
          </Button>
          <span className="flex-1" />
          {attempt === null ? (
            <Button look="primary" type="submit" form="site" iconAfter={ArrowUpRight} busy={begin.isPending} unavailable={!agrees && t("site.agree.missing")}>
              {t("site.open", { name })}
            </Button>
          ) : (
            <p className="text-hint text-ink2">{t("site.byItself")}</p>
          )}
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-x-10 gap-y-8 desk:grid-cols-[minmax(0,25rem)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-5">
          {attempt === null ? (
            <>
              <SiteForm
                provider={provider}
                route={route}
                invented={state.profile.kind === "demo" || state.profile.kind === "test"}
                again={connection !== undefined}
                agrees={agrees}
                onAgree={setAgrees}
                onOpen={(address) =>
                  begin.mutate({
                    provider: provider.key,
                    consent_text_version: CONSENT,
                    ...(address !== "" && { address }),
                    ...(definition !== undefined && { definition }),
                    ...(connection !== undefined && { connection_id: connection.id }),
                  })
                }
              />
              {begin.error !== null && <TroublePanel error={begin.error} />}
            </>
          ) : (
            <Waiting provider={provider} attempt={attempt} again={connection !== undefined} onBack={() => setAttempt(null)} />
          )}
          <p className="flex items-center gap-2 text-hint text-ink2">
            <Lock size={14} className="flex-none" aria-hidden />
            {t("browser.locked", { name })}
          </p>
        </div>
        <Promises provider={provider} />
      </div>
    </Frame>
  );
}

interface SiteFormProps {
  provider: Site;
  route: SiteWay;
  invented: boolean;
  again: boolean;
  agrees: boolean;
  onAgree: (agrees: boolean) => void;
  onOpen: (address: string) => void;
}

function SiteForm({ provider, route, invented, again, agrees, onAgree, onOpen }: SiteFormProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const address = useRef<HTMLInputElement>(null);
  const [missing, setMissing] = useState(false);
  const name = provider.name;
  const asks = !again && (route.needs_address || invented);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const where = address.current?.value.trim() ?? "";
    if (!agrees) return;
    const lacks = asks && route.needs_address && where === "";
    setMissing(lacks);
    if (lacks) return address.current?.focus();
    onOpen(where);
  };
  return (
    <form id="site" className="flex flex-col gap-5" onSubmit={send} autoComplete="off" noValidate>
      {asks && (
        <Input
          ref={address}
          label={t("site.address", { name })}
          hint={route.needs_address ? t("site.address.hint") : t("connect.address.practice")}
          problem={missing ? t("site.address.missing") : undefined}
          inputMode="url"
          spellCheck={false}
          autoComplete="off"
        />
      )}
      <div className="flex flex-col gap-2 rounded-card border border-line bg-canvas p-4">
        {/* Where it had to be switched on, the longer note was read in the step before. */}
        {route.note !== null && route.off_until === null && <p className="text-ink2">{say(route.note)}</p>}
        <Checkbox checked={agrees} onChange={onAgree} label={t("site.agree")} />
      </div>
    </form>
  );
}

function Waiting({ provider, attempt, again, onBack }: { provider: Site; attempt: string; again: boolean; onBack: () => void }) {
  const { t } = useWords("add");
  const { state } = useAttempt(attempt, again);
  const show = useCommand("crm_sign_in.show_window");
  const name = provider.name;
  const over = state?.state === "failed" || state?.state === "cancelled";
  return (
    <WaitingCard provider={provider} attempt={attempt} state={state} title={t("browser.waiting", { name })} text={t("site.waiting.text")} onBack={onBack}>
      {over ? (
        <Button icon={RotateCw} onClick={onBack}>
          {t("site.again")}
        </Button>
      ) : (
        <Button icon={AppWindow} onClick={() => show.mutate({ attempt_id: attempt })}>
          {t("site.show")}
        </Button>
      )}
    </WaitingCard>
  );
}

/** What holds for such a window, as plainly as it can be said. */
function Promises({ provider }: { provider: Site }) {
  const { t } = useWords("add");
  const name = provider.name;
  const pages = provider.rate_limits.per_minute;
  const promises = [
    { what: "own", icon: BadgeCheck },
    { what: "password", icon: EyeOff },
    ...(pages === null ? [] : [{ what: "gentle", icon: Gauge } as const]),
    { what: "lasts", icon: CalendarClock },
    { what: "only", icon: ArrowRight },
  ] as const;
  return (
    <section aria-label={t("site.promises", { name })} className="min-w-0">
      <ul className="flex flex-col gap-4">
        {promises.map(({ what, icon: Icon }) => (
          <li key={what} className="flex gap-3">
            <Icon size={17} className="mt-0.5 flex-none text-ink2" aria-hidden />
            <span className="min-w-0">
              <span className="block font-[550]">{t(`site.promise.${what}`, { name })}</span>
              <span className="block text-hint text-ink2">{t(`site.promise.${what}.what`, { name, count: pages ?? 0 })}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
