import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";

import { shellRoute } from "@/app/roots";

export const TABS = ["everything", "new", "changed", "linked", "duplicate", "conflict", "problem"] as const;
export type ReviewTab = (typeof TABS)[number];

export const reviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/review",
  // Which connection, the first one when absent, and which tab; a client to open, among those that a search leaves.
  validateSearch: z.object({
    connection: z.string().optional().catch(undefined),
    tab: z.enum(TABS).optional().catch(undefined),
    client: z.number().int().nonnegative().optional().catch(undefined),
    find: z.string().optional().catch(undefined),
  }),
  staticData: { folds: true },
  component: lazyRouteComponent(() => import("./Review"), "Review"),
});
