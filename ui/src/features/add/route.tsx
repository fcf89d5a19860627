import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { z } from "zod";

import { bareRoute } from "@/app/roots";

/** The place in the wizard stands in the address, so that a reload keeps it. The key never does, and neither do files. */
export const addRoute = createRoute({
  getParentRoute: () => bareRoute,
  path: "/add",
  validateSearch: z.object({
    step: z.enum(["choose", "connect", "files", "bring", "preview"]).optional().catch(undefined),
    provider: z.string().optional().catch(undefined),
    /** In place of the best way in: by a window of its own, by events, by the address of a calendar. */
    way: z.enum(["window", "events", "calendar"]).optional().catch(undefined),
    connection: z.string().optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import("./Add"), "Add"),
});
