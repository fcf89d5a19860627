/** The idea in one picture: pencilled notes become one inked client. Decoration, with an invented couple. */
import { Calendar, Check, MapPin, Phone, Receipt } from "lucide-react";

import { useFormat, useWords } from "@/i18n";
import { CoupleName, CrmMark, WedSyncMark } from "@/kit";

const NOTES = [
  { provider: "tave", name: "drawing.one", lines: ["drawing.one.a", "drawing.one.b"], y: 0 },
  { provider: "custom", name: "drawing.two", lines: ["drawing.two.a", "drawing.two.b"], y: 162 },
  { provider: "spreadsheet", name: "drawing.three", lines: ["drawing.three.a", "drawing.three.b"], y: 324 },
] as const;

export function Drawing() {
  const { t } = useWords("welcome");
  const format = useFormat();
  const facts = [
    { icon: Calendar, name: t("drawing.wedding"), value: format.longDate("2026-06-13") },
    { icon: MapPin, name: t("drawing.venue"), value: t("drawing.venue.is") },
    { icon: Phone, name: t("drawing.mobile"), value: "+44 7700 900318" },
    { icon: Receipt, name: t("drawing.balance"), value: format.money(157_500, "GBP") },
  ];
  return (
    <div className="relative h-[410px] w-[606px] flex-none scale-75 min-[1240px]:scale-100">
      {NOTES.map(({ provider, name, lines, y }) => (
        <div key={name} className="absolute left-0 h-[86px] w-[188px] rounded-card border border-dashed border-pencil px-3.5 py-3 text-hint text-ink2" style={{ top: y }}>
          <p className="mb-1 flex items-center gap-2 font-[550]">
            <CrmMark provider={provider} name={t(name)} size={18} />
            {t(name)}
          </p>
          {lines.map((line) => (
            <p key={line} className="num truncate text-hint">
              {t(line)}
            </p>
          ))}
        </div>
      ))}
      <svg className="absolute left-[188px] top-0 stroke-pencil" width="104" height="410" fill="none" strokeDasharray="4.5 4" strokeWidth="1.4">
        <path d="M0 43C60 43 40 156 102 156M0 205H102M0 367C60 367 40 254 102 254" />
      </svg>
      <div className="absolute left-[290px] top-[78px] w-[316px] rounded-dialog border border-line2 bg-card p-6 shadow-dialog">
        <p className="mb-4 flex items-center gap-1.5 text-head text-ink2">
          <WedSyncMark size={16} />
          {t("drawing.wedsync")}
          <span className="ml-auto flex items-center gap-1.5 text-ok">
            <Check size={13} />
            {t("drawing.checked")}
          </span>
        </p>
        <CoupleName names={[t("drawing.her"), t("drawing.him")]} as="subject" className="mb-4 block text-[25px] leading-[33px]" />
        {facts.map(({ icon: Icon, name, value }) => (
          <p key={name} className="flex h-8.5 items-center gap-2.5 border-t border-line text-small">
            <Icon size={14} className="text-ink2" />
            <span className="w-16 text-ink2">{name}</span>
            <span className="num font-[550]">{value}</span>
          </p>
        ))}
      </div>
      {[156, 205, 254].map((y) => (
        <span key={y} className="absolute left-[285px] size-[11px] -translate-y-1/2 rounded-full border-2 border-pri bg-card" style={{ top: y }} />
      ))}
    </div>
  );
}
