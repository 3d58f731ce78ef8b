/** Events by `graphql-transport-ws`, over a socket of its own that goes when nobody listens. */

import type { FetcherParams } from "@graphiql/toolkit";
import type { ExecutionResult } from "graphql";
import { createClient, type Client } from "graphql-ws";

import { acceptLanguage, inWords } from "./language";
import { activeSession } from "./session/identities";
import type { Session } from "./session/tokens";

/** Signed out or never signed in, and expired or blocked: what the mall closes a socket with. */
const NOT_ALLOWED: readonly unknown[] = [4401, 4403];

type Results = AsyncIterableIterator<ExecutionResult>;

/** Listen as whoever acts at present. A problem is told as the last result. */
export function subscribe(params: FetcherParams, path: string): Results {
  const session = activeSession();
  const { query, variables, operationName } = params;
  const events = socket(session, path).iterate({
    query,
    variables: variables as Record<string, unknown> | null,
    ...(operationName ? { operationName } : {}),
  }) as AsyncIterableIterator<ExecutionResult> & AsyncIterator<ExecutionResult, undefined>;
  // Not a generator: one that waits for the next event could not be told to stop.
  const results: Results = {
    [Symbol.asyncIterator]: () => results,
    next: () => events.next().catch(async (problem) => ({ value: await told(problem, session) })),
    return: async () => (await events.return?.()) ?? { value: undefined, done: true },
  };
  return results;
}

function socket(session: Session, path: string): Client {
  return createClient({
    url: `${location.origin.replace(/^http/, "ws")}${path}`,
    connectionParams: async () => {
      const token = await session.token();
      return {
        language: acceptLanguage(),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      };
    },
    retryAttempts: 5,
  });
}

async function told(problem: unknown, session: Session): Promise<ExecutionResult> {
  if (Array.isArray(problem)) {
    return { errors: problem as ExecutionResult["errors"] & object };
  }
  const { code, reason } = problem as Partial<CloseEvent>;
  if (NOT_ALLOWED.includes(code)) {
    // Where the session is over, the bar learns of it so.
    await session.refresh().catch(() => undefined);
  }
  const message = reason || inWords("unreachable");
  return { errors: [{ message, extensions: { code: code ?? null } }] } as unknown as ExecutionResult;
}
