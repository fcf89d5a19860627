/** Step 2 for a CRM that is signed in to in the system's browser: it opens there, and the app waits, or takes the page's code. */
import { zodResolver } from "@hookform/resolvers/zod";
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowUpRight, Lock } from "lucide-react";
import { useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";

import { type AppState, type ConnectionView, type ProviderInfo, type SignInBegun, useCommand, useOpenLink } from "@/api";
import { TroublePanel } from "@/app";
import { useWords } from "@/i18n";
import { Button, Input } from "@/kit";

import { Asked, type Reads } from "./Asked";
import { Frame } from "./Frame";
import { CopyLink, OpenAgain, useAttempt, WaitingCard } from "./Waiting";

/** What is told of whom one signs in to. */
type SignedInTo = Pick<ProviderInfo, "key" | "name" | "routes"> & Partial<Pick<ProviderInfo, "category">>;

interface BrowserProps {
  provider: SignedInTo;
  state: AppState;
  /** A connection that signs in again. */
  connection: ConnectionView | undefined;
}

/** What is read there, as the person would call it. */
function readIn(provider: SignedInTo): Reads {
  return provider.category === "calendar" ? "appointments" : "clients";
}

export function Browser({ provider, state, connection }: BrowserProps) {
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
    begin.mutate({ provider: provider.key, ...(base_url !== "" && { base_url }), ...(connection !== undefined && { connection_id: connection.id }) });
  };
  return (
    <Frame
      step="connect"
      provider={provider}
      title={begun === null ? t("browser.title", { name }) : t("browser.continue")}
      lead={t(`browser.lead.${readIn(provider)}`, { name })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void (connection === undefined ? navigate({ to: "/add", search: { provider: provider.key } }) : navigate({ to: "/home" }))}>
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
              {invented && connection === undefined && <Input ref={address} label={t("connect.address")} hint={t("connect.address.practice")} inputMode="url" spellCheck={false} autoComplete="off" />}
              {begin.error !== null && <TroublePanel error={begin.error} onRetry={open} />}
            </>
          ) : (
            <Waiting key={begun.attempt_id} provider={provider} begun={begun} onAgain={() => begin.variables !== undefined && begin.mutate(begin.variables)} again={connection !== undefined} onOpen={() => link.mutate(begun.url)} onBack={() => setBegun(null)} />
          )}
          {begun !== null && link.error !== null && <TroublePanel error={link.error} onRetry={() => link.mutate(begun.url)} />}
          <p className="flex items-center gap-2 text-hint text-ink2">
            <Lock size={14} className="flex-none" aria-hidden />
            {t("browser.locked", { name })}
          </p>
        </div>
        <Asked name={name} reads={readIn(provider)} note={provider.routes.find((route) => route.kind === "api")?.note ?? null} />
      </div>
    </Frame>
  );
}

const codeForm = z.object({ code: z.string().trim().min(1) });

interface WaitingProps {
  provider: SignedInTo;
  begun: SignInBegun;
  again: boolean;
  onOpen: () => void;
  onAgain: () => void;
  onBack: () => void;
}

function Waiting({ provider, begun, again, onOpen, onAgain, onBack }: WaitingProps) {
  const { t } = useWords("add");
  const name = provider.name;
  const { state, look } = useAttempt(begun.attempt_id, again);
  const send = useCommand("crm_sign_in.short_code");
  const form = useForm({ resolver: zodResolver(codeForm), defaultValues: { code: "" } });
  return (
    <div className="flex flex-col gap-5">
      <WaitingCard provider={provider} attempt={begun.attempt_id} state={state} title={t("browser.waiting", { name })} text={t("browser.waiting.text")} onBack={onBack}>
        <OpenAgain state={state} onOpen={onOpen} onAgain={onAgain} />
        <CopyLink state={state} url={begun.url} />
      </WaitingCard>
      {begun.takes_code && (
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
      )}
    </div>
  );
}
