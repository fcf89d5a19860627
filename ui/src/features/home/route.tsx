import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { shellRoute } from "@/app/roots";

export const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/home",
  component: lazyRouteComponent(() => import("./Home"), "Home"),
});

/** The bare address leads home. */
export const startRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/home", replace: true });
  },
});
