/** Step 2 for a CRM that is signed in to in the system's browser: it opens there, and the app waits, or takes the page's code. */
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowUpRight, CircleAlert, LoaderCircle, Lock } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";

import { type AppState, openLink, type ProviderInfo, refresh, type SignInBegun, useCommand, useRead, useTopic } from "@/api";
import { TroublePanel } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Banner, Button, Card, Input } from "@/kit";

import { Frame } from "./Frame";

interface BrowserProps {
  provider: ProviderInfo;
  state: AppState;
}

export function Browser({ provider, state }: BrowserProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const navigate = useNavigate();
  const address = useRef<HTMLInputElement>(null);
  const [begun, setBegun] = useState<SignInBegun | null>(null);
  const name = provider.name;
  const api = provider.routes.find((route) => route.kind === "api");
  const begin = useCommand("crm_sign_in.begin", {
    onSuccess: (attempt) => {
      setBegun(attempt);
      void openLink(attempt.url);
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
      title={t("browser.title", { name })}
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
            <Waiting name={name} begun={begun} onBack={() => setBegun(null)} />
          )}
          <p className="flex items-center gap-2 text-hint text-ink2">
            <Lock size={14} className="flex-none" aria-hidden />
            {t("browser.locked", { name })}
          </p>
        </div>
        <section className="rounded-card border border-line bg-canvas p-5" aria-labelledby="asked">
          <h2 id="asked" className="font-semibold">
            {t("browser.asked", { name })}
          </h2>
          {api !== undefined && <p className="mt-2 text-ink2">{say(api.help)}</p>}
          {api?.note != null && <p className="mt-2 text-ink2">{say(api.note)}</p>}
          <p className="mt-3 text-hint text-ink2">{t("browser.takeBack", { name })}</p>
        </section>
      </div>
    </Frame>
  );
}

const codeForm = z.object({ code: z.string().trim().min(1) });

function Waiting({ name, begun, onBack }: { name: string; begun: SignInBegun; onBack: () => void }) {
  const { t } = useWords("add");
  const say = useMessage();
  const client = useQueryClient();
  const navigate = useNavigate();
  const status = useRead("crm_sign_in.status", { attempt_id: begun.attempt_id });
  const cancel = useCommand("crm_sign_in.cancel");
  const send = useCommand("crm_sign_in.short_code");
  const form = useForm({ resolver: zodResolver(codeForm), defaultValues: { code: "" } });
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
      {status.data?.state === "failed" ? (
        <Banner tone="warn" icon={CircleAlert} title={say(status.data.message)} />
      ) : (
        <p role="status" className="flex items-center gap-2.5 text-row">
          <LoaderCircle size={16} className="spin text-pri" aria-hidden />
          {t("browser.waiting", { name })}
        </p>
      )}
      <Card>
        <form
          className="flex flex-col gap-3"
          aria-label={t("browser.trouble")}
          onSubmit={(event) => void form.handleSubmit(({ code }) => send.mutate({ attempt_id: begun.attempt_id, code }, { onSuccess: look }))(event)}
        >
          <h2 className="font-semibold">{t("browser.trouble")}</h2>
          <Input label={t("browser.code")} hint={t("browser.code.hint")} autoComplete="one-time-code" autoCapitalize="characters" spellCheck={false} maxLength={24} className="text-figure font-semibold tracking-[0.2em] uppercase" {...form.register("code")} />
          <Button type="submit" busy={send.isPending} className="self-start">
            {t("browser.code.send")}
          </Button>
          {send.error !== null && <TroublePanel error={send.error} />}
        </form>
      </Card>
      <div className="flex flex-wrap gap-2">
        <Button icon={ArrowUpRight} onClick={() => void openLink(begun.url)}>
          {t("browser.again")}
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
    </div>
  );
}
