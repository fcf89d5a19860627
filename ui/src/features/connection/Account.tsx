/** Whose account it is, and what its owner agreed to here. */
import type { ConnectionPage } from "@/api";
import { useFormat, useWords } from "@/i18n";
import { Card, Section } from "@/kit";

import { Fact } from "./Line";

export function Account({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const format = useFormat();
  const { connection } = page;
  const name = page.provider_name ?? connection.name;
  const unsaid = <span className="text-ink3">{t("account.unsaid", { name })}</span>;
  return (
    <Section title={t("account")}>
      <Card>
        <dl className="flex flex-col gap-2">
          <Fact name={t("account.name")}>{connection.account_name.trim() === "" ? unsaid : connection.account_name}</Fact>
          {page.account_id !== null && <Fact name={t("account.id", { name })}>{page.account_id}</Fact>}
          {connection.base_url !== null && <Fact name={t("account.address")}>{connection.base_url}</Fact>}
          <Fact name={t("account.zone")}>{connection.time_zone ?? unsaid}</Fact>
          <Fact name={t("account.currency")}>{connection.currency ?? unsaid}</Fact>
          {page.country !== null && <Fact name={t("account.country")}>{page.country}</Fact>}
          <Fact name={t("account.since")}>{format.day(page.connected_at)}</Fact>
        </dl>
      </Card>
    </Section>
  );
}

export function Agreed({ page }: { page: ConnectionPage }) {
  const { t } = useWords("connection");
  const format = useFormat();
  return (
    <Section title={t("agreed")}>
      <Card>
        {page.agreements.length === 0 ? (
          <p className="text-ink2">{t("agreed.nothing")}</p>
        ) : (
          <ul className="flex flex-col gap-2">
            {page.agreements.map(({ to, text_version, at }) => (
              <li key={`${to}-${at}`}>
                <span className="block">{t(`agreed.${to}`)}</span>
                <span className="block text-hint text-ink2 [overflow-wrap:anywhere]">{t("agreed.when", { when: format.moment(at), year: new Date(at).getFullYear(), version: text_version })}</span>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Section>
  );
}
