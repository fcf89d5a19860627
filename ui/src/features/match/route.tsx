import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";

import { shellRoute } from "@/app/roots";

export const matchRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/match",
  // Which connection; the first one when absent.
  validateSearch: z.object({ connection: z.string().optional().catch(undefined) }),
  staticData: { folds: true },
  component: lazyRouteComponent(() => import("./Match"), "Match"),
});
