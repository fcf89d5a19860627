/** The first clients that a look found, as they would come in. */
import type { ConnectorClient } from "@/api";
import { useWords } from "@/i18n";

export function FoundClients({ clients }: { clients: readonly ConnectorClient[] }) {
  const { t } = useWords("add");
  return (
    <section>
      <h2 id="clients" className="mb-2.5 font-semibold">
        {t("preview.table")}
      </h2>
      <div role="region" aria-labelledby="clients" tabIndex={0} className="relative overflow-x-auto rounded-card border border-line bg-card">
        <table className="w-full min-w-150 text-left">
          <thead className="text-head text-ink3">
            <tr className="border-b border-line">
              {(["client", "email", "phone", "wedding", "venue"] as const).map((column) => (
                <th key={column} scope="col" className="px-4 py-2 font-[550]">
                  {t(`preview.to.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {clients.map((client, at) => (
              <tr key={at} className="border-b border-line last:border-b-0">
                <th scope="row" className="px-4 py-2 font-semibold">
                  {client.names.join(" & ")}
                </th>
                {[client.email, client.phone, client.wedding_date, client.venue].map((value, column) => (
                  <td key={column} className="px-4 py-2">
                    {value ?? <span className="text-ink3">{t("preview.none")}</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
