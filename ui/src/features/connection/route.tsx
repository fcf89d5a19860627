import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";

import { shellRoute } from "@/app/roots";

/** The page of one connection. */
export const connectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/connection",
  validateSearch: z.object({ connection: z.string().optional().catch(undefined) }),
  component: lazyRouteComponent(() => import("./Connection"), "Connection"),
});
