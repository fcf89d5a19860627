/** Step 2: a key, or the address of a calendar, which opens it like a key. One password field, one request; then the field is emptied and only the last four characters are shown. */
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, CircleCheck, Eye, EyeOff, KeyRound, Lock } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";

import { type AppState, type ConnectionView, type ProviderInfo, type ProviderRoute, troubleOf, useCommand, useRead } from "@/api";
import { TroublePanel } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, ErrorPanel, IconButton, Input } from "@/kit";

import { Frame } from "./Frame";

interface ConnectProps {
  provider: ProviderInfo;
  /** The way of a calendar by its address, where that is asked for in place of a key. */
  feed?: ProviderRoute;
  /** Set once connected. */
  connection: ConnectionView | undefined;
  state: AppState;
}

export function Connect({ provider, feed, connection, state }: ConnectProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const navigate = useNavigate();
  const name = provider.name;
  const route = feed ?? provider.routes.find((each) => each.kind === "api");
  const what = feed === undefined ? {} : { context: "feed" };
  const connect = useCommand("connection.create", {
    onSuccess: (made) => void navigate({ to: "/add", search: { step: "connect", provider: provider.key, connection: made.id }, replace: true }),
  });
  return (
    <Frame
      step="connect"
      provider={provider}
      title={t("connect.title", { ...what, name })}
      lead={t("connect.lead", { ...what, name })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: { provider: provider.key } })}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {connection === undefined ? (
            <Button look="primary" type="submit" form="connect" busy={connect.isPending}>
              {t("connect.go")}
            </Button>
          ) : (
            <Button look="primary" onClick={() => void navigate({ to: "/add", search: { step: "bring", connection: connection.id } })}>
              {t("continue")}
            </Button>
          )}
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-x-10 gap-y-8 desk:grid-cols-[minmax(0,25rem)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-5">
          {connection === undefined ? (
            <KeyForm
              provider={provider}
              invented={state.profile.kind === "demo" || state.profile.kind === "test"}
              error={connect.error}
              busy={connect.isPending}
              feed={feed !== undefined}
              onConnect={(request) => connect.mutate({ provider: provider.key, ...request, ...(feed !== undefined && { route: "feed" as const }) })}
            />
          ) : (
            <Works connection={connection} />
          )}
          <p className="flex items-center gap-2 text-hint text-ink2">
            <Lock size={14} className="flex-none" aria-hidden />
            {t("connect.locked")}
          </p>
        </div>
        <section className="rounded-card border border-line bg-canvas p-5" aria-labelledby="where">
          <h2 id="where" className="font-semibold">
            {t("connect.where")}
          </h2>
          {route !== undefined && <p className="mt-2 text-ink2">{say(route.help)}</p>}
          <p className="mt-3 text-hint text-ink2">{t("connect.takeBack", { ...what, name })}</p>
        </section>
      </div>
    </Frame>
  );
}

interface KeyFormProps {
  provider: ProviderInfo;
  /** Profiles of invented data talk to a practice CRM on this computer. */
  invented: boolean;
  error: Error | null;
  busy: boolean;
  /** The address of a calendar is asked for. */
  feed: boolean;
  onConnect: (request: { key: string; name?: string; base_url?: string }) => void;
}

function KeyForm({ provider, invented, error, busy, feed, onConnect }: KeyFormProps) {
  const { t } = useWords("add");
  const key = useRef<HTMLInputElement>(null);
  const label = useRef<HTMLInputElement>(null);
  const address = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState(false);
  const what = feed ? { context: "feed" } : {};
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (busy || key.current === null) return;
    const text = key.current.value.trim();
    setMissing(text === "");
    if (text === "") return key.current.focus();
    // Emptied before the answer: the key is in the request and nowhere else on this page.
    key.current.value = "";
    setShown(false);
    const name = label.current?.value.trim() ?? "";
    const base_url = address.current?.value.trim() ?? "";
    onConnect({ key: text, ...(name !== "" && { name }), ...(base_url !== "" && { base_url }) });
  };
  return (
    <form id="connect" className="flex flex-col gap-5" onSubmit={send} autoComplete="off" noValidate>
      {invented && !feed && <Input ref={address} label={t("connect.address")} hint={t("connect.address.practice")} inputMode="url" spellCheck={false} autoComplete="off" />}
      <Input
        ref={key}
        label={t("connect.key", { ...what, name: provider.name })}
        problem={missing ? t("connect.key.missing", what) : undefined}
        type={shown ? "text" : "password"}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        data-1p-ignore=""
        before={<KeyRound size={15} className="text-ink3" aria-hidden />}
        after={<IconButton icon={shown ? EyeOff : Eye} size="xs" label={shown ? t("connect.hide", what) : t("connect.show", what)} onClick={() => setShown(!shown)} />}
      />
      {error !== null && <Refusal error={error} />}
      <Input ref={label} label={t("connect.name")} hint={t("connect.name.hint", what)} maxLength={120} autoComplete="off" />
      {/* Enter in any field connects. */}
      <button type="submit" className="sr-only" tabIndex={-1} aria-hidden />
    </form>
  );
}

/** A key that was not accepted is put right in the field above, not in the settings. */
function Refusal({ error }: { error: Error }) {
  const say = useMessage();
  const trouble = troubleOf(error);
  if (trouble.code !== "crm_key") return <TroublePanel error={error} />;
  return <ErrorPanel text={say(trouble.message)} hints={trouble.hints.map(say)} />;
}

/** What the one request found, in the words of the CRM's own answer. */
function Works({ connection }: { connection: ConnectionView }) {
  const { t } = useWords("add");
  const format = useFormat();
  const details = useRead("connection.get", { connection_id: connection.id });
  const speed = details.data?.budget[0];
  const rows: [string, string | null][] = [
    [t(connection.route === "feed" ? "works.calendar" : "works.studio"), connection.account_name],
    [t("works.name"), connection.name === connection.account_name ? null : connection.name],
    connection.route === "feed" ? [t("works.host"), connection.key_hint] : [t("works.key"), t("works.key.ends", { hint: connection.key_hint })],
    [t("works.currency"), connection.currency],
    [t("works.zone"), connection.time_zone],
    [t("works.speed"), speed === undefined ? null : t("works.speed.is", { count: speed.requests, time: format.duration(speed.per_seconds) })],
  ];
  return (
    <section className="rounded-card border border-ok-line bg-ok-soft p-4" role="status">
      <h2 className="flex items-center gap-2 font-semibold text-ok">
        <CircleCheck size={17} aria-hidden />
        {t("works.title")}
      </h2>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5">
        {rows
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-ink2">{name}</dt>
              <dd className="min-w-0 break-words font-[550]">{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
