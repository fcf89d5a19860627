/** Settings that exist: account, connections, who else is told, privacy and copies, appearance, about. What the program cannot do yet is not here. */
import { CircleUser, Info, type LucideIcon, Palette, Plug, Send, Shield } from "lucide-react";
import type { ReactNode } from "react";

import { Page } from "@/app";
import { useWords } from "@/i18n";

import { About } from "./About";
import { Account } from "./Account";
import { Appearance } from "./Appearance";
import { Connections } from "./Connections";
import { Others } from "./Others";
import { Privacy } from "./Privacy";

const PARTS = ["account", "connections", "others", "privacy", "appearance", "about"] as const;
type Part = (typeof PARTS)[number];

const ICON: Record<Part, LucideIcon> = { account: CircleUser, connections: Plug, others: Send, privacy: Shield, appearance: Palette, about: Info };
const BODY: Record<Part, () => ReactNode> = { account: Account, connections: Connections, others: Others, privacy: Privacy, appearance: Appearance, about: About };

export function Settings() {
  const { t } = useWords("settings");
  const show = (part: Part) => {
    const place = document.getElementById(`settings-${part}`);
    place?.scrollIntoView();
    place?.focus({ preventScroll: true });
  };
  return (
    <Page title={t("title")} subtitle={t("saved")} layout="fill">
      <div className="flex min-h-0 flex-1">
        <nav aria-label={t("parts")} className="flex w-43 flex-none flex-col gap-0.5 border-r border-line p-4 max-desk:hidden">
          {PARTS.map((part) => {
            const Icon = ICON[part];
            return (
              <button
                key={part}
                type="button"
                onClick={() => show(part)}
                className="flex min-h-[30px] items-center gap-3 rounded-control px-2 text-left text-ink2 hover:bg-hover"
              >
                <Icon size={15} aria-hidden />
                {t(part)}
              </button>
            );
          })}
        </nav>
        <div className="min-h-0 min-w-0 flex-1 overflow-y-auto p-6 max-wide:p-4">
          <div className="mx-auto flex max-w-190 flex-col gap-8">
            {PARTS.map((part) => {
              const Body = BODY[part];
              return (
                <div key={part} id={`settings-${part}`} tabIndex={-1} className="scroll-mt-6 outline-none">
                  <Body />
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </Page>
  );
}
