/**
 * Signing in to a source of one's own in the system's browser: the program finds out where, the browser opens there, and what comes of
 * it is a look, with which the list is read.
 */
import { ArrowLeft, ArrowUpRight, Lock } from "lucide-react";
import { useEffect } from "react";

import { type SignInBegun, useCommand, useOpenLink } from "@/api";
import { TroublePanel } from "@/app";
import { useWords } from "@/i18n";
import { Button } from "@/kit";

import { Frame } from "./Frame";
import { useAttempt, WaitingCard } from "./Waiting";

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

/** Signing in to a source: where is found out, the browser opens there, and the look goes on by itself. */
export function SourceSignIn({ provider, entered, onBack, onOpened }: SourceSignInProps) {
  const { t } = useWords("add");
  const link = useOpenLink();
  const begin = useCommand("connector.sign_in", { onSuccess: (begun) => link.mutate(begun.url) });
  const begun = begin.data;
  const go = () => begin.mutate({ provider: provider.key, ...entered });
  return (
    <Frame
      step="connect"
      provider={provider}
      title={begun === undefined ? t("browser.title", { name: entered.name }) : t("browser.continue")}
      lead={t("browser.lead.clients", { name: entered.name })}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={onBack}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {begun === undefined && (
            <Button look="primary" iconAfter={ArrowUpRight} busy={begin.isPending} onClick={go}>
              {t("browser.open", { name: entered.name })}
            </Button>
          )}
        </>
      }
    >
      <div className="flex max-w-[25rem] min-w-0 flex-col gap-5">
        {begin.error !== null && <TroublePanel error={begin.error} />}
        {begun !== undefined && <SourceWaiting provider={{ key: provider.key, name: entered.name }} begun={begun} onOpen={() => link.mutate(begun.url)} onBack={onBack} onOpened={onOpened} />}
        {link.error !== null && begun !== undefined && <TroublePanel error={link.error} onRetry={() => link.mutate(begun.url)} />}
        <p className="flex items-center gap-2 text-hint text-ink2">
          <Lock size={14} className="flex-none" aria-hidden />
          {t("browser.locked", { name: entered.name })}
        </p>
      </div>
    </Frame>
  );
}

interface SourceWaitingProps {
  provider: { key: string; name: string };
  begun: SignInBegun;
  onOpen: () => void;
  onBack: () => void;
  onOpened: (lookId: string) => void;
}

function SourceWaiting({ provider, begun, onOpen, onBack, onOpened }: SourceWaitingProps) {
  const { t } = useWords("add");
  const { state } = useAttempt(begun.attempt_id, false);
  const opened = state?.state === "opened" ? state.look_id : undefined;
  useEffect(() => {
    if (opened !== undefined) onOpened(opened);
    // Once for each attempt: what goes on from here is not this step's.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [opened]);
  return (
    <WaitingCard provider={provider} attempt={begun.attempt_id} state={state} title={t("browser.waiting", { name: provider.name })} text={t("browser.waiting.text")} onBack={onBack}>
      <Button icon={ArrowUpRight} onClick={onOpen}>
        {t("browser.again")}
      </Button>
    </WaitingCard>
  );
}
