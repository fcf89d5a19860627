/** While somebody signs in elsewhere, in the browser or in a window: where that stands, and the way on once it is done. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowUpRight, Check, CircleAlert, Link2, LoaderCircle, RotateCw } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useState } from "react";

import { type CrmSignInState, refresh, useCommand, useRead, useTopic } from "@/api";
import { useMessage, useWords } from "@/i18n";
import { Banner, Button, Card, CrmMark, WedSyncMark } from "@/kit";

/** Where an attempt stands, kept up; once it is done the wizard goes on, or to where the person came from. */
export function useAttempt(attempt_id: string, again: boolean): { state: CrmSignInState | undefined; look: () => void } {
  const client = useQueryClient();
  const navigate = useNavigate();
  const status = useRead("crm_sign_in.status", { attempt_id });
  const { refetch } = status;
  const look = useCallback(() => {
    // A read that is under way when the word comes may have been answered before it, and a first one is not begun anew: once more.
    void refetch().then(() => refetch());
    void refresh(client, ["app", "connections"]);
  }, [refetch, client]);
  useTopic("sign_in", look);
  const done = status.data?.state === "done" ? status.data.connection_id : undefined;
  useEffect(() => {
    if (done === undefined) return;
    void (again ? navigate({ to: "/home", replace: true }) : navigate({ to: "/add", search: { step: "bring", connection: done }, replace: true }));
  }, [done, again, navigate]);
  return { state: status.data, look };
}

interface WaitingCardProps {
  provider: { key: string; name: string };
  attempt: string;
  state: CrmSignInState | undefined;
  title: string;
  text: string;
  onBack: () => void;
  children: ReactNode;
}

export function WaitingCard({ provider, attempt, state, title, text, onBack, children }: WaitingCardProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const cancel = useCommand("crm_sign_in.cancel");
  return (
    <Card className="flex flex-col items-center gap-4 text-center">
      <span aria-hidden className="flex items-center gap-4 pt-2">
        <WedSyncMark size={40} />
        <span className="relative w-20 border-t-2 border-dashed border-pencil">
          <span className="absolute left-1/2 top-[-5px] size-2 -translate-x-1/2 rounded-full bg-fill" />
        </span>
        <CrmMark provider={provider.key} name={provider.name} size={40} />
      </span>
      {state?.state === "failed" ? (
        <Banner tone="warn" icon={CircleAlert} title={say(state.message)} />
      ) : state?.state === "cancelled" ? (
        <Banner tone="warn" icon={CircleAlert} title={t("waiting.closed", { name: provider.name })} />
      ) : (
        <div>
          <p role="status" className="flex items-center justify-center gap-2.5 text-dialog font-semibold">
            <LoaderCircle size={16} className="spin flex-none text-pri" aria-hidden />
            {title}
          </p>
          <p className="mt-1 text-ink2">{text}</p>
        </div>
      )}
      <div className="flex flex-wrap justify-center gap-2">
        {children}
        <Button
          look="quiet"
          onClick={() => {
            cancel.mutate({ attempt_id: attempt });
            onBack();
          }}
        >
          {t("cancel")}
        </Button>
      </div>
    </Card>
  );
}

/** Whether an attempt came to nothing. */
export const isOver = (state: CrmSignInState | undefined) => state?.state === "failed" || state?.state === "cancelled";

/** The address for another browser; nothing once it leads nowhere. */
export function CopyLink({ state, url }: { state: CrmSignInState | undefined; url: string }) {
  const { t } = useWords("add");
  const [copied, setCopied] = useState(false);
  if (isOver(state)) return null;
  return (
    <Button look="quiet" icon={copied ? Check : Link2} onClick={() => void navigator.clipboard.writeText(url).then(() => setCopied(true))}>
      {t(copied ? "browser.copied" : "browser.copy")}
    </Button>
  );
}

/** The browser again while it is waited for; once the attempt is over its page leads nowhere, and another one is begun. */
export function OpenAgain({ state, onOpen, onAgain }: { state: CrmSignInState | undefined; onOpen: () => void; onAgain: () => void }) {
  const { t } = useWords("add");
  return isOver(state) ? (
    <Button icon={RotateCw} onClick={onAgain}>
      {t("site.again")}
    </Button>
  ) : (
    <Button icon={ArrowUpRight} onClick={onOpen}>
      {t("browser.again")}
    </Button>
  );
}
