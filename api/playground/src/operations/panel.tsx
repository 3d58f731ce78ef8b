/** The list of named operations, as a plugin of GraphiQL: choosing one opens it in a tab. */

import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from "@graphiql/react";
import { useEffect, useMemo, useState } from "react";

import { useSpeech } from "../language";
import { useIdentity } from "../session/identities";
import { found, loadCatalogue, type Catalogue, type Operation } from "./catalogue";
import { filled } from "./fill";

/** How an operation is put into a new tab, ready to run; it waits for the editors to be there. */
function useOpen(catalogue: Catalogue | null): (operation: Operation) => void {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const tabs = useGraphiQL((state) => state.tabs);
  const { addTab } = useGraphiQLActions();
  const { say } = useSpeech();
  const [wanted, setWanted] = useState<Ready | null>(null);
  useEffect(() => {
    if (wanted === null || !queryEditor || !variableEditor) {
      return;
    }
    setWanted(null);
    const isUntouched = tabs.length === 1 && !queryEditor.getValue().replace(/#.*/g, "").trim();
    if (!isUntouched) {
      addTab();
    }
    queryEditor.setValue(wanted.text);
    variableEditor.setValue(wanted.variables);
    queryEditor.focus();
  }, [wanted, queryEditor, variableEditor, tabs, addTab]);
  return (operation) => {
    if (catalogue !== null) {
      // Where nothing could be filled in, the examples are shown as they are.
      const examples = () => ({ variables: operation.variables, open: [] });
      void filled(catalogue, operation).catch(examples).then(({ variables, open }) => {
        const isEmpty = Object.keys(operation.variables).length === 0;
        const text = isEmpty ? "" : JSON.stringify(variables, null, 2);
        // The editor takes comments, and sends none of them.
        const note = open.length === 0 ? "" : `// ${say("fill_in")}${open.join(", ")}\n`;
        setWanted({ text: operation.text, variables: note + text });
      });
    }
  };
}

interface Ready {
  readonly text: string;
  readonly variables: string;
}

function useCatalogue(): { readonly catalogue: Catalogue | null; readonly isMissing: boolean } {
  const [catalogue, setCatalogue] = useState<Catalogue | null>(null);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    loadCatalogue().then(setCatalogue, () => setMissing(true));
  }, []);
  return { catalogue, isMissing };
}

function Panel() {
  const { say } = useSpeech();
  const identity = useIdentity();
  const { catalogue, isMissing } = useCatalogue();
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<Operation | null>(null);
  const open = useOpen(catalogue);
  const parts = useMemo(
    () => (catalogue === null ? [] : found(catalogue, identity, search)),
    [catalogue, identity, search],
  );
  const choose = (operation: Operation) => {
    setChosen(operation);
    open(operation);
  };
  return (
    <div className="operations" data-testid="operations">
      <h2>{say("operations")}</h2>
      <input
        type="search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        placeholder={say("search")}
        aria-label={say("search")}
      />
      {isMissing && <p role="alert">{say("operations_missing")}</p>}
      {catalogue !== null && parts.length === 0 && <p>{say("nothing_found")}</p>}
      {parts.map(({ group, operations }) => (
        <section key={group.id}>
          <h3>{say(group.title)}</h3>
          <ul>
            {operations.map((each) => (
              <Item key={each.name} operation={each} isChosen={each === chosen} choose={choose} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface ItemProps {
  readonly operation: Operation;
  readonly isChosen: boolean;
  choose(operation: Operation): void;
}

function Item({ operation, isChosen, choose }: ItemProps) {
  const { say } = useSpeech();
  return (
    <li>
      <button
        type="button"
        className={isChosen ? "chosen" : ""}
        data-operation={operation.name}
        onClick={() => choose(operation)}
      >
        <span className="title">
          {say(operation.title)}
          {operation.kind !== "query" && <em className={operation.kind}>{say(operation.kind)}</em>}
        </span>
        <span className="explanation">{say(operation.explanation)}</span>
      </button>
    </li>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <path d="M4 6h3M10 6h10M4 12h3M10 12h10M4 18h3M10 18h10" strokeLinecap="round" />
    </svg>
  );
}

export const OPERATIONS: GraphiQLPlugin = { title: "Operations", icon: Icon, content: Panel };
