import "./zod-config";
import "./style/index.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { fetchScreens } from "./app/routes";
import { followTheme } from "./app/theme";
import { startWords } from "./i18n";
import { open, system } from "./platform";

/** The first screen has been drawn and its data asked for. */
const AFTER_THE_FIRST_MS = 1500;

async function start(): Promise<void> {
  followTheme();
  // A session that does not open shows itself at the first command, in words.
  await Promise.all([startWords(system), open().catch(() => undefined)]);
  const root = document.getElementById("root");
  if (root === null) return;
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  setTimeout(fetchScreens, AFTER_THE_FIRST_MS);
}

void start();
