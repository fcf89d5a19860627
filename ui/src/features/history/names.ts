/**
 * Who a record of WedSync belongs to, for logs that name records by id. Read from the book on this computer, and only
 * while something is shown that needs it. What an undo has removed has no name any more.
 */
import { useMemo } from "react";

import { useRead } from "@/api";

export function useRecordNames(needed: boolean): (id: string) => string | null {
  const book = useRead("export.clients", {}, { enabled: needed, staleTime: 60_000 });
  const clients = book.data?.clients;
  const names = useMemo(() => {
    const known = new Map<string, string>();
    for (const client of clients ?? []) {
      const people = client.people.map(({ id, fields }) => {
        const name = ["first_name", "last_name"].flatMap((part) => (typeof fields[part] === "string" ? [fields[part]] : [])).join(" ");
        if (name !== "") known.set(id, name);
        return name;
      });
      const couple = people.slice(0, 2).filter((name) => name !== "").join(" & ");
      if (couple === "") continue;
      known.set(client.id, couple);
      for (const records of Object.values(client.records)) {
        for (const record of records) if (typeof record["id"] === "string") known.set(record["id"], couple);
      }
    }
    return known;
  }, [clients]);
  return (id) => names.get(id) ?? null;
}
