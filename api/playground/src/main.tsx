/** Where the page begins: the tab is claimed and a sign-in completed before anything is shown. */

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { config, PAGE } from "./config";
import { Speaking } from "./language";
import { completeSignIn } from "./session/staff";
import { claimTab } from "./session/tabs";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether this machine's mall was opened by another of its names, which signing in cannot use. */
function isOtherName(): boolean {
  const wanted = new URL(config.issuer);
  return (
    location.origin !== wanted.origin &&
    location.port === wanted.port &&
    LOOPBACK.has(location.hostname) &&
    LOOPBACK.has(wanted.hostname)
  );
}

async function begin(): Promise<void> {
  if (isOtherName()) {
    location.replace(config.issuer + PAGE);
    return;
  }
  if (isSecureContext) {
    await claimTab();
  }
  const problem = await completeSignIn();
  document.title = `${config.name} · Playground`;
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <Speaking>
        <App problem={problem} />
      </Speaking>
    </StrictMode>,
  );
}

void begin();
