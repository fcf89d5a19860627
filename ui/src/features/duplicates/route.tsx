import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";

import { shellRoute } from "@/app/roots";

export const duplicatesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/duplicates",
  // Which connection, and which client is open; the first ones when absent.
  validateSearch: z.object({ connection: z.string().optional().catch(undefined), client: z.number().int().nonnegative().optional().catch(undefined) }),
  staticData: { folds: true },
  component: lazyRouteComponent(() => import("./Duplicates"), "Duplicates"),
});
