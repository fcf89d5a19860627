import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";

import { shellRoute } from "@/app/roots";

export const reviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/review",
  // Which connection; the first one when absent.
  validateSearch: z.object({ connection: z.string().optional().catch(undefined) }),
  staticData: { folds: true },
  component: lazyRouteComponent(() => import("./Review"), "Review"),
});
