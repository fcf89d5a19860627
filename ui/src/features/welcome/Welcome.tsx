/** First run: sign in with the browser, or with the code its page shows. */
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { ArrowUpRight, CircleAlert, ClipboardPaste, FileDown, LoaderCircle, Lock } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";

import { canChangeProfile, refresh, type SignInBegun, type SignInRoute, useCommand, useOpenLink, useRead, useTopic } from "@/api";
import { isAdmitted, Loaded, TroublePanel, TrySample, useAppState, useHeldFiles } from "@/app";
import { useMessage, useWords } from "@/i18n";
import { Banner, Button, Card, Input, WedSyncMark } from "@/kit";

import { Drawing } from "./Drawing";

export function Welcome() {
  const state = useAppState();
  // A file that came before the sign-in is what the person is here for.
  const waits = useHeldFiles().length > 0;
  const next = waits ? <Navigate to="/add" search={{ step: "files" }} replace /> : <Navigate to="/home" replace />;
  return <Loaded query={state} whole>{(data) => (isAdmitted(data) ? next : <SignIn waits={waits} />)}</Loaded>;
}

/** The browser comes back by itself, or shows a code where it cannot. */
interface Begun extends SignInBegun {
  route: SignInRoute;
}

function SignIn({ waits }: { waits: boolean }) {
  const { t } = useWords("welcome");
  const [attempt, setAttempt] = useState<Begun | null>(null);
  const link = useOpenLink();
  const begin = useCommand("sign_in.begin", {
    onSuccess: (begun, { route }) => {
      setAttempt({ ...begun, route });
      link.mutate(begun.url);
    },
  });
  useEffect(() => {
    document.title = t("page");
  }, [t]);
  return (
    <div className="flex h-full">
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 overflow-y-auto desk:w-132 desk:flex-none desk:border-r desk:border-line">
      <div className="mx-auto flex min-h-full w-full max-w-lg flex-col gap-6 p-8 pt-29 max-wide:p-6 max-wide:pt-12 desk:mx-0 desk:max-w-none desk:px-21">
        <p className="flex items-center gap-2.5 text-title font-semibold">
          <WedSyncMark size={30} />
          {t("product", { ns: "app" })}
        </p>
        <h1 className="serif text-welcome text-balance">{attempt === null ? t("title") : t("waiting.title")}</h1>
        <p className="text-title text-ink2">{attempt === null ? t("intro") : t("waiting.text")}</p>
        {waits && <Banner tone="pri" icon={FileDown} title={t("file.waits")} />}
        {attempt === null ? (
          <div className="flex w-full max-w-85 flex-col items-start gap-4">
            <Button look="primary" size="lg" className="w-full" iconAfter={ArrowUpRight} busy={begin.isPending} onClick={() => begin.mutate({ route: "loopback" })}>
              {t("browser.open")}
            </Button>
            <TrySample size="lg" className="-mt-1.5 w-full" />
            <p className="flex flex-wrap items-center gap-x-2 text-body text-ink2">
              <ClipboardPaste size={15} aria-hidden />
              {t("code.trouble")}
              <Button look="link" className="underline underline-offset-3" onClick={() => begin.mutate({ route: "return_page" })}>
                {t("code.instead")}
              </Button>
            </p>
          </div>
        ) : (
          <Waiting attempt={attempt} onOpen={() => link.mutate(attempt.url)} onBack={() => setAttempt(null)} />
        )}
        {attempt !== null && link.error !== null && <TroublePanel error={link.error} onRetry={() => link.mutate(attempt.url)} />}
        {begin.error !== null && <TroublePanel error={begin.error} onRetry={() => begin.mutate({ route: "loopback" })} />}
        <span className="flex-1" />
        <p className="flex items-center gap-2 text-hint text-ink2">
          <Lock size={14} className="flex-none" aria-hidden />
          {t(canChangeProfile ? "only.sample" : "only.here")}
        </p>
      </div>
    </main>
    <aside aria-hidden className="hidden min-w-0 flex-1 place-items-center overflow-hidden bg-canvas desk:grid">
      <Drawing />
    </aside>
    </div>
  );
}

const codeForm = z.object({ code: z.string().trim().min(1) });

function Waiting({ attempt, onOpen, onBack }: { attempt: Begun; onOpen: () => void; onBack: () => void }) {
  const { t } = useWords("welcome");
  const say = useMessage();
  const client = useQueryClient();
  const status = useRead("sign_in.status", { attempt_id: attempt.attempt_id });
  const cancel = useCommand("sign_in.cancel");
  const send = useCommand("sign_in.short_code");
  const form = useForm({ resolver: zodResolver(codeForm), defaultValues: { code: "" } });
  const { refetch } = status;
  useTopic(
    "sign_in",
    useCallback(() => {
      void refetch();
      void refresh(client, ["app", "connections"]);
    }, [refetch, client]),
  );
  return (
    <div className="flex flex-col gap-5">
      {status.data?.state === "failed" ? (
        <Banner tone="warn" icon={CircleAlert} title={say(status.data.message)} />
      ) : (
        <p role="status" className="flex items-center gap-2.5 text-row">
          <LoaderCircle size={16} className="spin text-pri" aria-hidden />
          {t("waiting.state")}
        </p>
      )}
      {attempt.route === "return_page" && <Card>
        <form
          className="flex flex-col gap-3"
          aria-label={t("waiting.code")}
          onSubmit={(event) => void form.handleSubmit(({ code }) => send.mutate({ attempt_id: attempt.attempt_id, code }))(event)}
        >
          <h2 className="font-semibold">{t("waiting.code")}</h2>
          <Input label={t("code.label")} hint={t("code.hint")} autoComplete="one-time-code" autoCapitalize="characters" spellCheck={false} maxLength={24} className="text-figure font-semibold tracking-[0.2em] uppercase" {...form.register("code")} />
          <Button type="submit" busy={send.isPending} className="self-start">
            {t("code.send")}
          </Button>
          {send.error !== null && <TroublePanel error={send.error} />}
        </form>
      </Card>}
      <div className="flex gap-2">
        <Button icon={ArrowUpRight} onClick={onOpen}>
          {t("waiting.again")}
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            cancel.mutate({ attempt_id: attempt.attempt_id });
            onBack();
          }}
        >
          {t("waiting.back")}
        </Button>
      </div>
    </div>
  );
}
