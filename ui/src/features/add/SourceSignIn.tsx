/**
 * Signing in to a source of one's own in the system's browser: the program finds out where, the browser opens there, and what comes of
 * it is a look, with which the list is read.
 */
import { ArrowLeft, ArrowUpRight, Lock } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { type SignInBegun, troubleOf, useCommand, useOpenLink } from "@/api";
import { TroublePanel } from "@/app";
import { useWords } from "@/i18n";
import { Button, Input } from "@/kit";

import { Asked } from "./Asked";
import { Frame } from "./Frame";
import { CopyLink, isOver, OpenAgain, useAttempt, WaitingCard } from "./Waiting";

/** A source that is signed in to in the browser before it is looked at. */
export interface Entered {
  name: string;
  address?: string;
  definition?: string;
  client_id?: string;
}

interface SourceSignInProps {
  provider: { key: string; name: string };
  entered: Entered;
  onBack: () => void;
  onOpened: (lookId: string) => void;
}

/** The server gives programs no names: the person has to ask it for one. */
const WANTS_NAME = "error.source.no_registration";

/** Signing in to a source: where is found out, the browser opens there, and the look goes on by itself. */
export function SourceSignIn({ provider, entered, onBack, onOpened }: SourceSignInProps) {
  const { t } = useWords("add");
  const link = useOpenLink();
  const begin = useCommand("connector.sign_in", { onSuccess: (begun) => link.mutate(begun.url) });
  const client = useRef<HTMLInputElement>(null);
  const begun = begin.data;
  // The attempt that came to nothing: there is nothing to go on with in the browser.
  const [over, setOver] = useState<string | null>(null);
  const trouble = begin.error === null ? null : troubleOf(begin.error).message;
  // Once it was asked for, the field stays with what was typed, whatever the next answer is.
  const wantsName = begun === undefined && ((trouble !== null && "id" in trouble && trouble.id === WANTS_NAME) || begin.variables?.client_id !== undefined);
  const go = () => {
    const typed = client.current?.value.trim() ?? "";
    // The same again where an attempt is over: the field of the first one is gone by then.
    begin.mutate(begun === undefined ? { provider: provider.key, ...entered, ...(typed !== "" && { client_id: typed }) } : (begin.variables ?? { provider: provider.key, ...entered }));
  };
  return (
    <Frame
      step="connect"
      provider={provider}
      title={begun === undefined || over === begun.attempt_id ? t("browser.title", { name: entered.name }) : t("browser.continue")}
      lead={t("browser.lead.clients", { name: entered.name })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={onBack}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {begun === undefined && (
            <Button look="primary" iconAfter={ArrowUpRight} busy={begin.isPending} onClick={go}>
              {t("browser.openPage")}
            </Button>
          )}
        </>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-x-10 gap-y-8 desk:grid-cols-[minmax(0,25rem)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-5 [overflow-wrap:anywhere]">
          {begin.error !== null && <TroublePanel error={begin.error} />}
          {wantsName && <Input ref={client} label={t("source.clientId")} defaultValue={entered.client_id ?? ""} maxLength={512} spellCheck={false} autoComplete="off" autoCapitalize="off" />}
          {begun !== undefined && <SourceWaiting key={begun.attempt_id} provider={{ key: provider.key, name: entered.name }} begun={begun} onOpen={() => link.mutate(begun.url)} onAgain={go} onOver={setOver} onBack={onBack} onOpened={onOpened} />}
          {link.error !== null && begun !== undefined && <TroublePanel error={link.error} onRetry={() => link.mutate(begun.url)} />}
          <p className="flex items-center gap-2 text-hint text-ink2">
            <Lock size={14} className="flex-none" aria-hidden />
            {t("browser.locked", { name: entered.name })}
          </p>
        </div>
        <Asked name={entered.name} reads="clients" note={null} />
      </div>
    </Frame>
  );
}

interface SourceWaitingProps {
  provider: { key: string; name: string };
  begun: SignInBegun;
  onOpen: () => void;
  onAgain: () => void;
  onOver: (attempt: string) => void;
  onBack: () => void;
  onOpened: (lookId: string) => void;
}

function SourceWaiting({ provider, begun, onOpen, onAgain, onOver, onBack, onOpened }: SourceWaitingProps) {
  const { t } = useWords("add");
  const { state } = useAttempt(begun.attempt_id, false);
  const opened = state?.state === "opened" ? state.look_id : undefined;
  useEffect(() => {
    if (opened !== undefined) onOpened(opened);
    // Once for each attempt: what goes on from here is not this step's.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [opened]);
  const over = isOver(state);
  useEffect(() => {
    if (over) onOver(begun.attempt_id);
  }, [over, onOver, begun.attempt_id]);
  return (
    <WaitingCard provider={provider} attempt={begun.attempt_id} state={state} title={t("browser.waiting", { name: provider.name })} text={t("browser.waiting.text")} onBack={onBack}>
      <OpenAgain state={state} onOpen={onOpen} onAgain={onAgain} />
      <CopyLink state={state} url={begun.url} />
    </WaitingCard>
  );
}
