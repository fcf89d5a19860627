/** Step 2 for a CRM that is signed in to in the system's browser: it opens there, and the app waits, or takes the page's code. */
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowUpRight, Check, CircleAlert, Link2, LoaderCircle, Lock, X } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";

import { type AppState, type ProviderInfo, refresh, type SignInBegun, useCommand, useOpenLink, useRead, useTopic } from "@/api";
import { TroublePanel } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Banner, Button, Card, CrmMark, Input, WedSyncMark } from "@/kit";

import { Frame } from "./Frame";

interface BrowserProps {
  provider: ProviderInfo;
  state: AppState;
}

export function Browser({ provider, state }: BrowserProps) {
  const { t } = useWords("add");
  const navigate = useNavigate();
  const address = useRef<HTMLInputElement>(null);
  const [begun, setBegun] = useState<SignInBegun | null>(null);
  const name = provider.name;
  const link = useOpenLink();
  const begin = useCommand("crm_sign_in.begin", {
    onSuccess: (attempt) => {
      setBegun(attempt);
      link.mutate(attempt.url);
    },
  });
  // Profiles of invented data talk to a practice CRM on this computer.
  const invented = state.profile.kind === "demo" || state.profile.kind === "test";
  const open = () => {
    const base_url = address.current?.value.trim() ?? "";
    begin.mutate({ provider: provider.key, ...(base_url !== "" && { base_url }) });
  };
  return (
    <Frame
      step="connect"
      provider={provider}
      title={begun === null ? t("browser.title", { name }) : t("browser.continue")}
      lead={t("browser.lead", { name })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: { provider: provider.key } })}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {begun === null && (
            <Button look="primary" iconAfter={ArrowUpRight} busy={begin.isPending} onClick={open}>
              {t("browser.open", { name })}
            </Button>
          )}
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-x-10 gap-y-8 desk:grid-cols-[minmax(0,25rem)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-5">
          {begun === null ? (
            <>
              {invented && <Input ref={address} label={t("connect.address")} hint={t("connect.address.practice")} inputMode="url" spellCheck={false} autoComplete="off" />}
              {begin.error !== null && <TroublePanel error={begin.error} onRetry={open} />}
            </>
          ) : (
            <Waiting provider={provider} begun={begun} onOpen={() => link.mutate(begun.url)} onBack={() => setBegun(null)} />
          )}
          {begun !== null && link.error !== null && <TroublePanel error={link.error} onRetry={() => link.mutate(begun.url)} />}
          <p className="flex items-center gap-2 text-hint text-ink2">
            <Lock size={14} className="flex-none" aria-hidden />
            {t("browser.locked", { name })}
          </p>
        </div>
        <Asked provider={provider} />
      </div>
    </Frame>
  );
}

const codeForm = z.object({ code: z.string().trim().min(1) });

interface WaitingProps {
  provider: ProviderInfo;
  begun: SignInBegun;
  onOpen: () => void;
  onBack: () => void;
}

function Waiting({ provider, begun, onOpen, onBack }: WaitingProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = provider.name;
  const status = useRead("crm_sign_in.status", { attempt_id: begun.attempt_id });
  const cancel = useCommand("crm_sign_in.cancel");
  const send = useCommand("crm_sign_in.short_code");
  const form = useForm({ resolver: zodResolver(codeForm), defaultValues: { code: "" } });
  const [copied, setCopied] = useState(false);
  const { refetch } = status;
  const look = useCallback(() => {
    void refetch();
    void refresh(client, ["app", "connections"]);
  }, [refetch, client]);
  useTopic("sign_in", look);
  const done = status.data?.state === "done" ? status.data.connection_id : undefined;
  useEffect(() => {
    if (done !== undefined) void navigate({ to: "/add", search: { step: "bring", connection: done }, replace: true });
  }, [done, navigate]);
  return (
    <div className="flex flex-col gap-5">
      <Card className="flex flex-col items-center gap-4 text-center">
        <span aria-hidden className="flex items-center gap-4 pt-2">
          <WedSyncMark size={40} />
          <span className="relative w-20 border-t-2 border-dashed border-pencil">
            <span className="absolute left-1/2 top-[-5px] size-2 -translate-x-1/2 rounded-full bg-fill" />
          </span>
          <CrmMark provider={provider.key} name={name} size={40} />
        </span>
        {status.data?.state === "failed" ? (
          <Banner tone="warn" icon={CircleAlert} title={say(status.data.message)} />
        ) : (
          <div>
            <p role="status" className="flex items-center justify-center gap-2.5 text-dialog font-semibold">
              <LoaderCircle size={16} className="spin flex-none text-pri" aria-hidden />
              {t("browser.waiting", { name })}
            </p>
            <p className="mt-1 text-ink2">{t("browser.waiting.text")}</p>
          </div>
        )}
        <div className="flex flex-wrap justify-center gap-2">
          <Button icon={ArrowUpRight} onClick={onOpen}>
            {t("browser.again")}
          </Button>
          <Button look="quiet" icon={copied ? Check : Link2} onClick={() => void navigator.clipboard.writeText(begun.url).then(() => setCopied(true))}>
            {t(copied ? "browser.copied" : "browser.copy")}
          </Button>
          <Button
            look="quiet"
            onClick={() => {
              cancel.mutate({ attempt_id: begun.attempt_id });
              onBack();
            }}
          >
            {t("cancel")}
          </Button>
        </div>
      </Card>
      <form
        className="flex flex-col gap-2"
        aria-label={t("browser.trouble")}
        onSubmit={(event) => void form.handleSubmit(({ code }) => send.mutate({ attempt_id: begun.attempt_id, code }, { onSuccess: look }))(event)}
      >
        <h2 className="font-semibold">{t("browser.trouble")}</h2>
        <p className="text-hint text-ink2">{t("browser.trouble.text")}</p>
        <Input label={t("browser.code")} hint={t("browser.code.hint")} autoComplete="one-time-code" autoCapitalize="characters" spellCheck={false} maxLength={24} className="tracking-[0.1em] uppercase" {...form.register("code")} />
        <Button type="submit" busy={send.isPending} className="self-start">
          {t("browser.code.send")}
        </Button>
        {send.error !== null && <TroublePanel error={send.error} />}
      </form>
    </div>
  );
}

/** What the CRM's page will ask, and what is never asked. */
function Asked({ provider }: { provider: ProviderInfo }) {
  const { t } = useWords("add");
  const say = useMessage();
  const name = provider.name;
  const api = provider.routes.find((route) => route.kind === "api");
  const allowed = ["clients", "keep"] as const;
  const never = ["password", "sending", "deleting"] as const;
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <section aria-labelledby="asked">
        <h2 id="asked" className="font-semibold">
          {t("browser.asked")}
        </h2>
        <ul className="mt-3 flex flex-col gap-3">
          {allowed.map((what) => (
            <li key={what} className="flex gap-2.5">
              <Check size={16} className="mt-0.5 flex-none text-ok" aria-hidden />
              <span className="min-w-0">
                <span className="block font-[550]">{t(`browser.allow.${what}`)}</span>
                <span className="block text-hint text-ink2">{t(`browser.allow.${what}.what`)}</span>
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="never">
        <h2 id="never" className="font-semibold">
          {t("browser.never")}
        </h2>
        <ul className="mt-3 flex flex-col gap-3">
          {never.map((what) => (
            <li key={what} className="flex gap-2.5 font-[550]">
              <X size={16} className="mt-0.5 flex-none text-ink2" aria-hidden />
              {t(`browser.never.${what}`, { name })}
            </li>
          ))}
        </ul>
      </section>
      <p className="text-hint text-ink2">
        {api?.note != null && <>{say(api.note)} </>}
        {t("browser.takeBack", { name })}
      </p>
    </div>
  );
}
