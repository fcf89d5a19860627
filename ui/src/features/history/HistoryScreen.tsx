/** Every import, upload and undo. */
import { History } from "lucide-react";

import { useRead } from "@/api";
import { Loaded, Page } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Card, Empty } from "@/kit";

export function HistoryScreen() {
  const { t } = useWords("history");
  const say = useMessage();
  const format = useFormat();
  const jobs = useRead("job.list", { limit: 100 });
  return (
    <Page title={t("title")} subtitle={t("kept")}>
      <Loaded query={jobs}>
        {(data) =>
          data.jobs.length === 0 ? (
            <Empty icon={History} title={t("empty")} text={t("empty.text")} />
          ) : (
            <Card padded={false}>
              <ul>
                {data.jobs.map((job) => (
                  <li key={job.id} className="flex items-center gap-4 border-b border-line px-4 py-3 last:border-b-0">
                    <span className="num w-28 text-hint text-ink2">{format.moment(job.created_at)}</span>
                    <span className="flex-1 font-semibold">{say({ id: `hub.job_kind.${job.kind}`, params: {} })}</span>
                    <span className="text-ink2">{say({ id: `hub.job.${job.state}`, params: {} })}</span>
                  </li>
                ))}
              </ul>
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
}
