/** A client that WedSync holds and no review shows: what is known of it here, to read. */
import { CircleCheck, Send } from "lucide-react";

import { type FoundClient, useCommand, useRead } from "@/api";
import { useFormat, useWords } from "@/i18n";
import { Badge, Button, CoupleName, Dialog, useToast } from "@/kit";

import { TroublePanel } from "./Trouble";

export function ClientCard({ client, onClose }: { client: FoundClient | null; onClose: () => void }) {
  const { t } = useWords();
  const format = useFormat();
  if (client === null) return null;
  const lines = [
    ["client.wedding", client.wedding_date === null ? null : format.longDate(client.wedding_date)],
    ["client.venue", client.venue],
    ["client.email", client.email],
  ] as const;
  return (
    <Dialog open onClose={onClose} title={t("client.title")}>
      <CoupleName names={client.names} as="subject" className="block text-couple break-words" />
      <p className="mt-2">
        <Badge tone="ok" icon={CircleCheck}>
          {t("palette.in_wedsync")}
        </Badge>
      </p>
      <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
        {lines.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-ink3">{t(label)}</dt>
            <dd className={value === null ? "text-ink3" : "break-words"}>{value ?? t("client.none")}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 text-hint text-ink3">{t("client.text")}</p>
      <Sends key={client.client_id} client={client} />
    </Dialog>
  );
}

/** One button for each place that takes clients that somebody picks. */
function Sends({ client }: { client: FoundClient }) {
  const { t } = useWords();
  const toast = useToast();
  const hooks = useRead("hooks.list", {}).data?.hooks ?? [];
  const send = useCommand("hooks.send");
  const takes = hooks.filter(({ state, tells }) => state === "on" && tells === "picked");
  if (takes.length === 0) return null;
  return (
    <div className="mt-4 flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        {takes.map((hook) => (
          <Button
            key={hook.id}
            size="sm"
            icon={Send}
            busy={send.isPending && send.variables.hook_id === hook.id}
            onClick={() => send.mutate({ hook_id: hook.id, client_ids: [client.client_id] }, { onSuccess: ({ queued }) => toast({ text: t(queued > 0 ? "client.send.done" : "client.send.known", { name: hook.name }) }) })}
          >
            {t("client.send", { name: hook.name })}
          </Button>
        ))}
      </div>
      {send.error !== null && <TroublePanel error={send.error} />}
    </div>
  );
}
