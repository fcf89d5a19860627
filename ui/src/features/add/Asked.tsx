/** Beside a sign-in in the browser: what the page there will ask, and what is never asked. */
import { Check, X } from "lucide-react";

import type { WireMessage } from "@/api";
import { useMessage, useWords } from "@/i18n";

/** What is read, as the person would call it. */
export type Reads = "appointments" | "clients";

/** What the CRM's page will ask, and what is never asked. */
export function Asked({ name, reads, note }: { name: string; reads: Reads; note: WireMessage | null }) {
  const { t } = useWords("add");
  const say = useMessage();
  const allowed = [reads, "keep"] as const;
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
        {note !== null && <>{say(note)} </>}
        {t("browser.takeBack", { name })}
      </p>
    </div>
  );
}
