/** The whole window takes files: from another program, or dropped on any screen. They lead to the wizard's step for files. */
import { useNavigate } from "@tanstack/react-router";
import { FileDown } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";

import { type HubEvent, type PickedFile, takeFiles, useTopic } from "@/api";
import { useWords } from "@/i18n";
import { useAnnounce, useToast } from "@/kit";

import { heldFiles } from "./held-files";

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
      heldFiles.add(files);
      announce(t("drop.taken", { count: files.length }));
      void navigate({ to: "/add", search: { step: "files" } });
    },
    [announce, navigate, t],
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
