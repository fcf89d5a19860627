/**
 * What a person has at hand, in place of typing an address: it is pasted or chosen as a file, recognised, and fills in the form. The
 * text leaves the field with the request, as a key does: one may be in it. The page is told of a key only how it ends.
 */
import { ClipboardPaste, FilePlus2, Info } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { type PasteCandidate, type PasteRead, type PickedFile, pickFile, useCommand } from "@/api";
import { heldSource, TroublePanel, useHeldSource } from "@/app";
import { useFormat, useMessage, useWords } from "@/i18n";
import { Button, Field, RadioGroup } from "@/kit";

/** Endings of what is read, as a chooser is told. */
const ENDINGS = [".har", ".json", ".yaml", ".yml", ".txt"] as const;
/** Fields that are named beside a list. */
const NAMED = 5;

/** A list that was chosen, and what stands for it. */
export interface Pasted {
  pasteId: string;
  candidate: number;
  list: PasteCandidate;
}

/** What was dropped on the window begins it, whether the step was open already or begins with that. */
export function Paste({ onChosen }: { onChosen: (pasted: Pasted | null) => void }) {
  const held = useHeldSource();
  const dropped = heldSource.isDefinition ? null : held;
  return <Pasting key={dropped?.fileId ?? "own"} dropped={dropped} onChosen={onChosen} />;
}

function Pasting({ dropped, onChosen }: { dropped: PickedFile | null; onChosen: (pasted: Pasted | null) => void }) {
  const { t } = useWords("add");
  const [open, setOpen] = useState(dropped !== null && heldSource.waits);
  const [found, setFound] = useState<PasteRead | null>(null);
  const [chosen, setChosen] = useState(0);
  const choose = (paste: PasteRead, at: number) => {
    const list = paste.candidates[at];
    setChosen(at);
    onChosen(list === undefined ? null : { pasteId: paste.paste_id, candidate: at, list });
  };
  const again = () => {
    setFound(null);
    onChosen(null);
    heldSource.release();
  };
  if (found !== null) return <WhatItIs found={found} chosen={chosen} onChoose={(at) => choose(found, at)} onAgain={again} />;
  if (open) {
    return (
      <Reading
        dropped={dropped !== null}
        onFound={(paste) => {
          setFound(paste);
          choose(paste, 0);
        }}
        onClose={() => {
          setOpen(false);
          heldSource.release();
        }}
      />
    );
  }
  return (
    <div className="flex flex-col items-start gap-1">
      <Button look="link" icon={ClipboardPaste} onClick={() => setOpen(true)}>
        {t("paste.open")}
      </Button>
      <p className="text-hint text-ink2">{t("paste.open.what")}</p>
    </div>
  );
}

/** The field and the chooser, until something was recognised. */
function Reading({ dropped, onFound, onClose }: { dropped: boolean; onFound: (paste: PasteRead) => void; onClose: () => void }) {
  const { t } = useWords("add");
  const text = useRef<HTMLTextAreaElement>(null);
  const [missing, setMissing] = useState(false);
  const read = useCommand("connector.paste", { onSuccess: onFound });
  useEffect(() => text.current?.focus(), []);
  const { mutate } = read;
  useEffect(() => {
    const file = dropped ? heldSource.begin() : null;
    if (file !== null) mutate({ file_id: file.fileId });
  }, [dropped, mutate]);
  const send = () => {
    if (text.current === null) return;
    const pasted = text.current.value;
    setMissing(pasted.trim() === "");
    if (pasted.trim() === "") return text.current.focus();
    // Emptied before the answer: a key may be in it.
    text.current.value = "";
    read.mutate({ text: pasted });
  };
  const pick = () =>
    void pickFile(ENDINGS).then((file) => {
      if (file === null) return;
      setMissing(false);
      read.mutate({ file_id: file.fileId });
    });
  return (
    <section className="flex min-w-0 flex-col gap-3 rounded-card border border-line bg-canvas p-4" aria-labelledby="paste">
      <h2 id="paste" className="font-semibold">
        {t("paste.title")}
      </h2>
      <Field label={t("paste.text")} hint={t("paste.text.hint")} problem={missing ? t("paste.text.missing") : undefined}>
        {(tied) => <textarea ref={text} {...tied} className="input font-mono" rows={5} spellCheck={false} autoComplete="off" autoCapitalize="off" data-1p-ignore="" />}
      </Field>
      {read.error !== null && <TroublePanel error={read.error} />}
      <div className="flex flex-wrap gap-2">
        <Button busy={read.isPending} onClick={send}>
          {t("paste.read")}
        </Button>
        <Button look="quiet" icon={FilePlus2} onClick={pick}>
          {t("paste.file")}
        </Button>
        <Button look="quiet" onClick={onClose}>
          {t("paste.close")}
        </Button>
      </div>
    </section>
  );
}

interface WhatItIsProps {
  found: PasteRead;
  chosen: number;
  onChoose: (at: number) => void;
  onAgain: () => void;
}

/** What it was recognised as, what to know of it, and which of its lists is meant. */
function WhatItIs({ found, chosen, onChoose, onAgain }: WhatItIsProps) {
  const { t } = useWords("add");
  const say = useMessage();
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone: the focus goes to what came of it.
  useEffect(() => heading.current?.focus(), []);
  const about = ({ rows, fields }: PasteCandidate) => {
    const read = fields.filter((field) => field.uses.length > 0);
    const names = (read.length > 0 ? read : fields).slice(0, NAMED).map((field) => field.path);
    return [rows === null ? "" : t("paste.rows", { count: rows, number: format.number(rows) }), names.length === 0 ? "" : t("paste.fields", { fields: names.join(", ") })].filter((part) => part !== "").join(" · ");
  };
  return (
    <section className="flex min-w-0 flex-col gap-3 rounded-card border border-line bg-canvas p-4" aria-labelledby="pasted">
      <div>
        <h2 id="pasted" ref={heading} tabIndex={-1} className="font-semibold focus:outline-none">
          {t(`paste.kind.${found.kind}`)}
        </h2>
        <p className="text-hint text-ink2">{t("paste.filled")}</p>
      </div>
      {found.notes.length > 0 && (
        <ul className="flex flex-col gap-1 text-hint text-ink2">
          {found.notes.map((note) => (
            <li key={note.id} className="flex gap-2">
              <Info size={14} className="mt-px flex-none" aria-hidden />
              {say(note)}
            </li>
          ))}
        </ul>
      )}
      {found.candidates.length > 1 ? (
        <div className="flex flex-col gap-1.5 [overflow-wrap:anywhere]">
          <p className="font-semibold">{t("paste.which")}</p>
          <RadioGroup label={t("paste.which")} value={String(chosen)} onChange={(at) => onChoose(Number(at))} choices={found.candidates.map((each, at) => ({ value: String(at), label: each.label, hint: about(each) }))} />
        </div>
      ) : (
        found.candidates.map((each) => (
          <p key={each.label} className="text-hint [overflow-wrap:anywhere] text-ink2">
            {[each.label, about(each)].filter((part) => part !== "").join(" · ")}
          </p>
        ))
      )}
      <div>
        <Button look="link" size="xs" onClick={onAgain}>
          {t("paste.again")}
        </Button>
      </div>
    </section>
  );
}
