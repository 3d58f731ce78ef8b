/** The way to the mall's GraphQL endpoint, as whoever is chosen in the bar. */

import type { Fetcher } from "@graphiql/toolkit";
import { getOperationAST, OperationTypeNode, type ExecutionResult } from "graphql";

import { subscribe } from "./events";
import { acceptLanguage, inWords } from "./language";
import { activeSession } from "./session/identities";
import { OAuthProblem, type Session } from "./session/tokens";

const PATH = "/graphql";
const ACCEPT = "application/graphql-response+json, application/json;q=0.9";

interface Failed {
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

/** Ask a question of the page's own; null where the mall answers with errors. */
export async function ask<Answer>(
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answer | null> {
  const answer = (await send({ query, variables }, {})) as ExecutionResult<Answer>;
  return answer.errors ? null : (answer.data ?? null);
}

/** What GraphiQL runs everything with. */
export const fetcher: Fetcher = (params, options) => {
  const document = options?.documentAST;
  const operation = document && getOperationAST(document, params.operationName);
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
    return subscribe(params, PATH);
  }
  return send(params, (options?.headers ?? {}) as Record<string, string>).catch(unanswered);
};

/** What GraphiQL shows where no answer came. */
function unanswered(problem: unknown): ExecutionResult {
  const message = problem instanceof OAuthProblem ? problem.message : inWords("no_answer");
  return { errors: [{ message }] } as unknown as ExecutionResult;
}

async function send(params: object, headers: Record<string, string>): Promise<ExecutionResult> {
  const session = activeSession();
  const answer = await sendAs(session, params, headers);
  if (!session.isOpen || !isUnauthenticated(answer)) {
    return answer;
  }
  // It was refused before anything was done, so it can be sent again.
  await session.refresh();
  return sendAs(session, params, headers);
}

async function sendAs(
  session: Session,
  params: object,
  headers: Record<string, string>,
): Promise<ExecutionResult> {
  const token = await session.token();
  const response = await fetch(PATH, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: ACCEPT,
      "accept-language": acceptLanguage(),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(params),
    credentials: "omit",
  });
  return (await response.json()) as ExecutionResult;
}

function isUnauthenticated(answer: ExecutionResult): boolean {
  const { errors } = answer as Failed;
  return errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED") ?? false;
}
