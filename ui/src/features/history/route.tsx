import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";

import { shellRoute } from "@/app/roots";

export const historyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/history",
  // The open job, and what the list is narrowed to: kept by a reload and by the way back.
  validateSearch: z.object({
    job: z.string().optional().catch(undefined),
    connection: z.string().optional().catch(undefined),
    result: z.enum(["running", "done", "partial", "failed", "cancelled"]).optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import("./HistoryScreen"), "HistoryScreen"),
});
