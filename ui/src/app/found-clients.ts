/** Clients for the palette: by name, e-mail or the day of the wedding, wherever on this computer they stand. */
import { keepPreviousData } from "@tanstack/react-query";
import { CircleCheck, PencilLine } from "lucide-react";
import { useEffect, useState } from "react";

import { type FoundClient, useRead } from "@/api";
import { useFormat, useWords } from "@/i18n";

import type { PaletteCommand } from "./commands";

/** Letters from which a search is worth making. */
const FROM = 2;
/** Between the last letter and the search, in milliseconds. */
const PAUSE = 80;

interface Found {
  found: PaletteCommand[];
  searching: boolean;
}

export function useFoundClients(query: string, open: (client: FoundClient) => void): Found {
  const { t } = useWords();
  const format = useFormat();
  const asked = usePaused(query.trim());
  const wanted = asked.length >= FROM;
  const read = useRead("clients.find", { query: asked }, { enabled: wanted, placeholderData: keepPreviousData, retry: false });
  const clients = wanted && query.trim().length >= FROM ? (read.data?.clients ?? []) : [];
  return {
    searching: query.trim().length >= FROM && (query.trim() !== asked || read.isFetching) && clients.length === 0 && read.error === null,
    found: clients.map((client) => ({
      key: `client-${client.client_id}`,
      label: client.names.length === 0 ? t("palette.nameless") : client.names.join(" & "),
      icon: client.review === null || client.review.heading === "in_wedsync" ? CircleCheck : PencilLine,
      more: [t(client.review === null ? "palette.in_wedsync" : `palette.${client.review.heading}`), client.email, client.venue].filter((part) => part !== null && part !== "").join(" · "),
      ...(client.wedding_date === null ? {} : { note: format.date(client.wedding_date) }),
      run: () => open(client),
    })),
  };
}

/** The text once nobody has typed for a moment. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
