/** The two layouts that routes hang on: with sidebar (signed in), and bare (welcome, wizard). */
import { createRootRoute, createRoute, Outlet } from "@tanstack/react-router";

import { DropZone } from "./DropZone";
import { Shell } from "./Shell";

export const rootRoute = createRootRoute({ component: Root });

function Root() {
  return (
    <>
      <Outlet />
      <DropZone />
    </>
  );
}

/** Screens with sidebar and tab bar; without a sign-in they lead to the welcome screen. */
export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell", component: Shell });

/** Screens that fill the window. */
export const bareRoute = createRoute({ getParentRoute: () => rootRoute, id: "bare", component: Outlet });
