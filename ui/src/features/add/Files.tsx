/** Step 2 for files: what they are and how sure that is, what is missing from their set, and what a person has to say. */
import { keepPreviousData } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, CalendarDays, FilePlus2, FileUp, Info, Puzzle } from "lucide-react";
import { useState } from "react";

import { type AppState, type FileCalendar, type FileChoice, type FileKnown, type FileLook, type ProviderInfo, pickFile, useCommand, useRead } from "@/api";
import { ENDINGS, heldFiles, TroublePanel, useCalendarLeft, useHeldFiles } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, Card, CrmMark, RadioGroup, Section, Skeleton } from "@/kit";

import { FileCard } from "./FileCard";
import { FileQuestions } from "./FileQuestions";
import { type Answers, decisionsOf, keptFor, keyOf, rowsOf, unanswered } from "./files-model";
import { Frame } from "./Frame";

/** The menu's value for a connection of its own; ids are never empty. */
const OWN = "own";

export function Files({ state, provider }: { state: AppState; provider: ProviderInfo | undefined }) {
  const { t } = useWords("add");
  const format = useFormat();
  const navigate = useNavigate();
  const files = useHeldFiles();
  const ids = files.map((file) => file.fileId);
  const [choices, setChoices] = useState<readonly FileChoice[]>([]);
  const [answers, setAnswers] = useState<Answers>(new Map());
  const [target, setTarget] = useState<string | null>(null);
  const own = keptFor(choices, ids);
  const alone = useRead("file.look", { file_ids: ids, choices: own }, { enabled: ids.length > 0, placeholderData: keepPreviousData, retry: false });
  // A file that looks like a newer version of one is no second client book, unless somebody says so. It is looked at once
  // more as that connection's: rows that were fixed in a spreadsheet are of use there and nowhere else.
  const into = target ?? alone.data?.known.find(({ sure }) => sure)?.connection_id ?? OWN;
  const beside = useRead("file.look", { file_ids: ids, choices: own, connection_id: into }, { enabled: ids.length > 0 && into !== OWN, placeholderData: keepPreviousData, retry: false });
  const read = into === OWN || alone.error !== null ? alone : beside;
  const look = ids.length === 0 ? undefined : (read.data ?? alone.data);
  const create = useCommand("connection.create_from_file", {
    onSuccess: (connection) => {
      heldFiles.clear();
      void navigate({ to: "/add", search: { step: "bring", connection: connection.id } });
    },
  });
  const start = useCommand("import.start", {
    onSuccess: () => {
      heldFiles.clear();
      void navigate({ to: "/home" });
    },
  });
  const add = () => void pickFile(ENDINGS).then((file) => file !== null && heldFiles.add([file]));
  const noun = look?.calendar == null ? {} : { context: "appointment" as const };
  const questions = look?.questions ?? [];
  const open = unanswered(questions, answers);
  const known = state.connections.find((each) => each.id === into);
  const go = () => {
    if (known !== undefined) start.mutate({ connection_id: known.id, file_ids: ids, choices: own });
    else create.mutate({ file_ids: ids, choices: own, decisions: decisionsOf(questions, answers) });
  };
  const unavailable = look === undefined ? t("files.first") : !look.usable ? t("files.nothing") : known === undefined && open.length > 0 ? t("files.answerFirst", { count: open.length }) : false;
  return (
    <Frame
      step="connect"
      files
      {...(provider !== undefined && { provider })}
      title={look !== undefined ? t("files.found") : provider === undefined ? t("files.title") : t("files.titleOf", { name: provider.name })}
      lead={t(look === undefined ? "files.lead" : "files.foundLead")}
      footer={
        <>
          <Button look="quiet" className="-ml-3" icon={ArrowLeft} onClick={() => void navigate({ to: "/add", search: provider === undefined ? {} : { provider: provider.key } })}>
            {t("back")}
          </Button>
          <span className="flex-1" />
          {look !== undefined && (
            <span className="num text-hint text-ink2" role="status">
              {t("files.rows", { count: rowsOf(look), number: format.number(rowsOf(look)), ...noun })}
            </span>
          )}
          <Button look="primary" busy={create.isPending || start.isPending} unavailable={unavailable} onClick={go}>
            {known === undefined ? t("continue") : t("files.update", { name: known.name })}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        {(read.error ?? create.error ?? start.error) !== null && <TroublePanel error={read.error ?? create.error ?? start.error} onRetry={read.error === null ? undefined : () => void read.refetch()} />}
        {ids.length === 0 && <Invitation onPick={add} />}
        {ids.length === 0 && provider !== undefined && <HowToExport provider={provider} />}
        {ids.length > 0 && look === undefined && read.error === null && <Skeleton rows={4} height={56} />}
        {look !== undefined && (
          <>
            {look.calendar === null ? <Recognised look={look} /> : <Calendar look={look} calendar={look.calendar} />}
            {look.known.length > 0 && <Belongs known={look.known} noun={noun} value={into} onChange={setTarget} />}
            {known === undefined && <FileQuestions questions={questions} answers={answers} onAnswer={(question, answer) => setAnswers(new Map(answers).set(keyOf(question), answer))} />}
            <Missing look={look} onPick={add} />
          </>
        )}
        {files.length > 0 && (
          <Section
            title={t("files.list", { count: files.length })}
            note={
              <Button look="link" size="xs" icon={FilePlus2} onClick={add}>
                {t("files.add")}
              </Button>
            }
          >
            <ul className="flex flex-col gap-3">
              {files.map((file) => (
                <li key={file.fileId}>
                  <FileCard file={file} view={look?.files.find((view) => view.file_id === file.fileId)} choices={own} onChoose={setChoices} />
                </li>
              ))}
            </ul>
          </Section>
        )}
      </div>
    </Frame>
  );
}

/** Nothing chosen yet: what can be brought, and both ways to bring it. */
function Invitation({ onPick }: { onPick: () => void }) {
  const { t } = useWords("add");
  return (
    <div className="flex flex-col items-center gap-2 rounded-card border border-dashed border-pencil px-6 py-14 text-center">
      <FileUp size={26} className="text-ink2" aria-hidden />
      <p className="mt-1 text-row font-semibold">{t("files.drop")}</p>
      <p className="max-w-120 text-hint text-ink2">{t("files.kinds")}</p>
      <Button className="mt-3" look="primary" icon={FilePlus2} onClick={onPick}>
        {t("files.choose")}
      </Button>
    </div>
  );
}

/** How to get the export, and which ones we know. */
function HowToExport({ provider }: { provider: ProviderInfo }) {
  const { t } = useWords("add");
  const say = useMessage();
  const route = provider.routes.find((each) => each.kind === "file");
  if (route === undefined) return null;
  return (
    <section className="rounded-card border border-line bg-canvas p-5" aria-labelledby="export">
      <h2 id="export" className="font-semibold">
        {t("files.how", { name: provider.name })}
      </h2>
      <p className="mt-2 text-ink2">{say(route.help)}</p>
      {route.note !== null && <p className="mt-2 text-ink2">{say(route.note)}</p>}
      {route.exports.length > 0 && (
        <>
          <h3 className="mt-4 text-hint font-semibold text-ink2">{t("files.knownExports")}</h3>
          <ul className="mt-1 list-disc pl-5 text-ink2">
            {route.exports.map((each) => (
              <li key={each.id}>{say(each)}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Whose export it is, and how sure we are. */
function Recognised({ look }: { look: FileLook }) {
  const { t } = useWords("add");
  const format = useFormat();
  const plain = look.confidence === 0;
  const sure = plain ? "plain" : look.confidence >= 0.9 ? "sure" : look.confidence >= 0.7 ? "likely" : "unsure";
  return (
    <Card className="flex items-center gap-4">
      <CrmMark provider={look.provider} name={look.provider_name} size={40} />
      <span className="min-w-0 flex-1">
        <span className="block text-row font-semibold break-words">{plain ? t("files.plain") : t("files.export", { name: look.provider_name })}</span>
        <span className="block text-hint text-ink2">{t(`files.sure.${sure}`, { percent: format.percent(Math.round(look.confidence * 100)) })}</span>
      </span>
    </Card>
  );
}

/** What is in a calendar, what of it is left out, and which entries nobody can read. */
function Calendar({ look, calendar }: { look: FileLook; calendar: FileCalendar }) {
  const { t } = useWords("add");
  const say = useMessage();
  const format = useFormat();
  const left = useCalendarLeft(calendar.left);
  const { appointments: count, from, until } = calendar;
  const span = { count, number: format.number(count), from: from === null ? "" : format.date(from), until: until === null ? "" : format.date(until) };
  return (
    <Card className="flex items-start gap-4">
      <CalendarDays size={26} className="mt-1 flex-none text-ink2" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="text-row font-semibold break-words">{t("files.calendar", { name: look.provider_name })}</p>
        <p className="text-ink2">{t("files.calendar.span", span)}</p>
        {left !== null && <p className="mt-1 text-hint text-ink2">{left}</p>}
        {calendar.broken.length > 0 && (
          <ul className="mt-1 flex flex-col gap-0.5 text-hint text-warn">
            {calendar.broken.map((one, index) => (
              <li key={index} className="[overflow-wrap:anywhere]">{say(one)}</li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

/** A newer version of a file that was imported before, or one of its own. */
function Belongs({ known, noun, value, onChange }: { known: readonly FileKnown[]; noun: { context?: "appointment" }; value: string; onChange: (value: string) => void }) {
  const { t } = useWords("add");
  return (
    <Section title={t("files.belongs", noun)}>
      <RadioGroup
        as="cards"
        label={t("files.belongs", noun)}
        value={value}
        onChange={onChange}
        choices={[
          ...known.map((each) => ({ value: each.connection_id, label: t("files.newer", { name: each.name }), hint: each.sure ? t("files.newer.what", noun) : t("files.newer.unsure") })),
          { value: OWN, label: t("files.own"), hint: t("files.own.what", noun) },
        ]}
      />
    </Section>
  );
}

/** Files of the set that nobody has chosen. */
function Missing({ look, onPick }: { look: FileLook; onPick: () => void }) {
  const { t } = useWords("add");
  const say = useMessage();
  if (look.missing.length === 0) return null;
  return (
    <section className="flex flex-wrap items-start gap-3 rounded-card border border-warn-line bg-warn-soft p-4">
      <Puzzle size={17} className="mt-px flex-none text-warn" aria-hidden />
      <div className="min-w-[min(15rem,100%)] flex-1">
        <h2 className="font-semibold">{t("files.missing", { count: look.missing.length })}</h2>
        <ul className="mt-1 flex flex-col gap-1 text-ink2">
          {look.missing.map((missing) => (
            <li key={missing.preset}>{say(missing.message)}</li>
          ))}
        </ul>
        <p className="mt-2 flex items-center gap-1.5 text-hint text-ink2">
          <Info size={13} aria-hidden />
          {t("files.missing.later")}
        </p>
      </div>
      <Button size="sm" icon={FilePlus2} onClick={onPick}>
        {t("files.add")}
      </Button>
    </section>
  );
}
