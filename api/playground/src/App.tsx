/** The page: the bar, and GraphiQL below it with the named operations at its side. */

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useState } from "react";

import { TopBar } from "./bar/TopBar";
import { config } from "./config";
import { fetcher } from "./graphql";
import { useSpeech } from "./language";
import { OPERATIONS } from "./operations/panel";
import { activeSession, useIdentity, useIsOpen } from "./session/identities";
import type { OAuthProblem } from "./session/tokens";

const PLUGINS = [OPERATIONS, explorerPlugin(), HISTORY_PLUGIN];
const FIRST_TEXT = `# 从左侧选择一项操作，或在此编写查询。Ctrl-Enter 运行。
# Choose an operation at the left, or write one here. Ctrl-Enter runs it.
`;

export function App({ problem }: { readonly problem: OAuthProblem | null }) {
  useIdentity();
  const isOpen = useIsOpen(activeSession());
  // In production nobody but the staff may ask what there is.
  const maySeeSchema = config.isDevelopment || isOpen;
  return (
    <>
      <TopBar />
      {problem !== null && <Problem problem={problem} />}
      <GraphiQL
        key={String(maySeeSchema)}
        fetcher={fetcher}
        plugins={PLUGINS}
        visiblePlugin={OPERATIONS}
        // What was asked and answered is kept no longer than the tab: it names people.
        storage={sessionStorage}
        shouldPersistHeaders={false}
        defaultQuery={FIRST_TEXT}
        defaultEditorToolsVisibility="variables"
        inputValueDeprecation
        {...(maySeeSchema ? {} : { schema: null })}
      >
        <GraphiQL.Logo> </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

function Problem({ problem }: { readonly problem: OAuthProblem }) {
  const { say } = useSpeech();
  const [isShown, setShown] = useState(true);
  const reasons: Readonly<Record<string, string>> = {
    not_asked_for: say("not_asked_for"),
    access_denied: say("denied"),
    unreachable: say("unreachable"),
  };
  return isShown ? (
    <p className="problem" role="alert">
      {say("sign_in_failed")}
      {reasons[problem.code] ?? problem.message}
      <button type="button" className="plain" onClick={() => setShown(false)}>
        {say("cancel")}
      </button>
    </p>
  ) : null;
}
