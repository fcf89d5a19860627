/** Whether an upload starts a form of the supplier's in WedSync: a draft for each client or job, sent to nobody. */
import { useRead } from "@/api";
import { useWords } from "@/i18n";
import { Select } from "@/kit";

/** The menu's value for no form; no template has an empty id. */
const NONE = "none";

export function FormChoice({ value, onChange }: { value: string | null; onChange: (form: string | null) => void }) {
  const { t } = useWords("review");
  const read = useRead("forms.templates", {}, { retry: false });
  if (read.error !== null) return <p className="mt-4 border-t border-line pt-3 text-hint text-ink3">{t("form.unread")}</p>;
  const templates = read.data?.templates ?? [];
  if (templates.length === 0) return null;
  const chosen = templates.find((template) => template.id === value);
  const each = chosen?.applies_to === "project" ? "form.project" : "form.client";
  return (
    <div className="mt-4 border-t border-line pt-3">
      <Select
        label={t("form.label")}
        value={chosen === undefined ? NONE : `id:${chosen.id}`}
        choices={[{ value: NONE, label: t("form.none") }, ...templates.map((template) => ({ value: `id:${template.id}`, label: template.name }))]}
        onChange={(next) => onChange(next === NONE ? null : next.slice("id:".length))}
        hint={chosen === undefined ? t("form.why") : t(each, { count: chosen.questions.length })}
      />
    </div>
  );
}
