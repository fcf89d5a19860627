/** Ticked clients by their own numbers, so that a tick stays with its client whatever is sorted, filtered or scrolled. */
import { useState } from "react";

import type { ReviewRow } from "@/api";
import type { Ticks } from "@/kit";

import type { Rows } from "./rows";

export interface Picked {
  ticks: Ticks;
  rows: readonly ReviewRow[];
  clear: () => void;
}

export function useTicks(rows: Rows): Picked {
  const [picked, setPicked] = useState<ReadonlyMap<number, ReviewRow>>(new Map());
  const put = (found: readonly ReviewRow[], on: boolean) =>
    setPicked((before) => {
      const next = new Map(before);
      for (const row of found) {
        if (on) next.set(row.seq, row);
        else next.delete(row.seq);
      }
      return next;
    });
  return {
    ticks: {
      all: picked.size === 0 ? false : picked.size >= rows.total ? true : "indeterminate",
      has: (index) => {
        const row = rows.at(index);
        return row !== undefined && picked.has(row.seq);
      },
      set: (from, to, on) => {
        const [first, last] = [Math.min(from, to), Math.max(from, to)];
        const row = first === last ? rows.at(first) : undefined;
        if (row !== undefined) put([row], on);
        else void rows.read(first, last).then((found) => put(found, on));
      },
      setAll: (on) => {
        if (!on) setPicked(new Map());
        else void rows.read(0, rows.total - 1).then((found) => put(found, true));
      },
    },
    rows: [...picked.values()],
    clear: () => setPicked(new Map()),
  };
}
