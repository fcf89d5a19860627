/**
 * The whole window takes files: from another program, or dropped on any screen. Lists lead to the wizard's step for files; what
 * describes a source of one's own, such as a recording of a browser or a definition, begins that. The program tells them apart by what is in them.
 */
import { useNavigate } from "@tanstack/react-router";
import { FileDown } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";

import { call, type FileSources, type HubEvent, type PickedFile, takeFiles, useTopic } from "@/api";
import { useWords } from "@/i18n";
import { useAnnounce, useToast } from "@/kit";

import { heldFiles, heldSource } from "./held-files";

/** The provider of a source of one's own. */
const OWN = "custom";

/** The files of an event of the topic `files`; what is none is left out. */
export function filesOf(event: unknown): PickedFile[] {
  const files = (event as { files?: unknown } | null)?.files;
  if (!Array.isArray(files)) return [];
  return files.flatMap((each: unknown) => {
    const { file_id, name, size } = (each ?? {}) as Record<string, unknown>;
    return typeof file_id === "string" && typeof name === "string" && typeof size === "number" ? [{ fileId: file_id, name, size }] : [];
  });
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

export function DropZone() {
  const { t } = useWords();
  const navigate = useNavigate();
  const announce = useAnnounce();
  const toast = useToast();
  const [over, setOver] = useState(false);
  // Leaving a child of the page is no leaving of the page.
  const depth = useRef(0);
  const take = useCallback(
    (files: readonly PickedFile[]) => {
      if (files.length === 0) return;
      void call("file.sources", { file_ids: files.map((file) => file.fileId) }).then(
        (told) => told,
        // Before a sign-in nobody is asked; what a file is shows where it is read.
        (): FileSources => ({ sources: [], definitions: [] }),
      ).then(({ sources, definitions }) => {
        const source = files.find((file) => sources.includes(file.fileId));
        const hold = (file: PickedFile) => heldSource.hold(file, definitions.includes(file.fileId));
        const lists = files.filter((file) => !sources.includes(file.fileId));
        if (lists.length > 0) {
          heldFiles.add(lists);
          announce(t("drop.taken", { count: lists.length }));
          if (source !== undefined) toast({ text: t("drop.sourceLater", { name: source.name }) });
          // Not while the step that would read it is still open.
          return navigate({ to: "/add", search: { step: "files" } }).then(() => source !== undefined && hold(source));
        }
        if (source === undefined) return;
        hold(source);
        if (sources.length > 1) toast({ text: t("drop.sourceOne", { name: source.name }) });
        announce(t("drop.source"));
        return navigate({ to: "/add", search: { step: "connect", provider: OWN } });
      });
    },
    [announce, navigate, t, toast],
  );
  useTopic("files", useCallback(({ event }: HubEvent) => take(filesOf(event)), [take]));
  useEffect(() => {
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth.current += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setOver(false);
    };
    const stay = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth.current = 0;
      setOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      takeFiles([...(event.dataTransfer?.files ?? [])]).then(take, () => toast({ text: t("drop.failed") }));
    };
    const hearers = [["dragenter", enter], ["dragleave", leave], ["dragover", stay], ["drop", drop]] as const;
    for (const [name, hearer] of hearers) addEventListener(name, hearer);
    return () => {
      for (const [name, hearer] of hearers) removeEventListener(name, hearer);
    };
  }, [take, t, toast]);
  if (!over) return null;
  return (
    <div aria-hidden className="fade-in pointer-events-none fixed inset-3 z-70 grid place-items-center rounded-dialog border-2 border-dashed border-pri bg-pri-soft">
      <p className="flex items-center gap-3 text-figure font-semibold text-pri">
        <FileDown size={24} aria-hidden />
        {t("drop.here")}
      </p>
    </div>
  );
}
