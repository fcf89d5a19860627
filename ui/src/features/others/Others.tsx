/** Places that are told of what is new in WedSync: where, of what, what was sent, what waits, and what could not be sent. */
import { Plus, Send } from "lucide-react";
import { useState } from "react";

import { useRead } from "@/api";
import { Loaded, Page } from "@/app";
import { useWords } from "@/i18n";
import { Button, Empty } from "@/kit";

import { AddPlace } from "./AddPlace";
import { Place } from "./Place";

/** While something waits, what became of it is looked for so often, in milliseconds. */
const LOOK_EVERY = 4000;
/** Else so often: what an upload or a job brings is queued after the page was told of it. */
const LOOK_ELSE = 10_000;

function lookAgain(hooks: readonly { state: string; queued: number }[]): number | false {
  const on = hooks.filter(({ state }) => state === "on");
  return on.length === 0 ? false : on.some(({ queued }) => queued > 0) ? LOOK_EVERY : LOOK_ELSE;
}

export function Others() {
  const { t } = useWords("others");
  const [adding, setAdding] = useState(false);
  const hooks = useRead("hooks.list", {}, { refetchInterval: (query) => lookAgain(query.state.data?.hooks ?? []) });
  const some = (hooks.data?.hooks.length ?? 0) > 0;
  const add = (
    <Button look="primary" size={some ? "sm" : "md"} icon={Plus} aria-label={t("add")} onClick={() => setAdding(true)}>
      <span className={some ? "max-wide:hidden" : undefined}>{t("add")}</span>
    </Button>
  );
  return (
    <Page title={t("title")} subtitle={t("subtitle")} actions={some ? add : undefined}>
      <Loaded query={hooks}>
        {(data) =>
          data.hooks.length === 0 ? (
            <div className="mx-auto max-w-190">
              <Empty icon={Send} title={t("none")} text={t("none.text")} action={add} />
            </div>
          ) : (
            <ul className="mx-auto flex max-w-190 flex-col gap-5">
              {data.hooks.map((hook) => (
                <li key={hook.id}>
                  <Place hook={hook} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {adding && <AddPlace onClose={() => setAdding(false)} />}
    </Page>
  );
}
