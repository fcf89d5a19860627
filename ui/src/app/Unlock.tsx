/** The passphrase of a profile that no keychain opens: chosen once, twice typed, and asked for at each start. */
import { useQueryClient } from "@tanstack/react-query";
import { LockKeyhole } from "lucide-react";
import { type FormEvent, useState } from "react";

import { troubleOf, unlock } from "@/api";
import { useMessage, useWords } from "@/i18n";
import { Button, Input } from "@/kit";

export function Unlock({ isNew }: { isNew: boolean }) {
  const { t } = useWords();
  const say = useMessage();
  const client = useQueryClient();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy || passphrase === "") return;
    if (isNew && again !== passphrase) return setProblem(t("unlock.differs"));
    setBusy(true);
    setProblem(undefined);
    unlock(passphrase).then(
      // Everything that was refused meanwhile is asked again; the passphrase is forgotten with this form.
      () => client.resetQueries(),
      (error: unknown) => {
        setBusy(false);
        setProblem(say(troubleOf(error).message));
      },
    );
  };
  return (
    <form onSubmit={submit} className="flex w-full max-w-85 flex-col gap-3">
      <Input label={t("unlock.label")} type="password" autoComplete="off" autoFocus value={passphrase} problem={problem} onChange={(event) => setPassphrase(event.target.value)} hint={isNew ? t("unlock.hint") : undefined} />
      {isNew && <Input label={t("unlock.again")} type="password" autoComplete="off" value={again} onChange={(event) => setAgain(event.target.value)} />}
      <Button type="submit" look="primary" icon={LockKeyhole} busy={busy} className="self-start">
        {t(isNew ? "unlock.choose" : "unlock.open")}
      </Button>
    </form>
  );
}
