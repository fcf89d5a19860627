/** A client that WedSync holds and no review shows: what is known of it here, to read. */
import { CircleCheck } from "lucide-react";

import type { FoundClient } from "@/api";
import { useFormat, useWords } from "@/i18n";
import { Badge, CoupleName, Dialog } from "@/kit";

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
    </Dialog>
  );
}
