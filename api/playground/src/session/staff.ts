/** Signing in as staff: authorization code with PKCE (RFC 7636) against the mall's own server. */

import { config, PAGE } from "../config";
import { sessions } from "./identities";
import { OAuthProblem, post, type TokenAnswer } from "./tokens";

const CLIENT_ID = "playground";
const KEPT = "playground.sign-in";
const REDIRECT_URI = config.issuer + PAGE;

interface Begun {
  readonly state: string;
  readonly verifier: string;
}

/** Go to the mall's sign-in page; it sends the browser back here. */
export async function beginSignIn(): Promise<void> {
  if (location.origin !== new URL(config.issuer).origin) {
    // The way back leads to the mall's public address, whose storage this page does not see.
    location.assign(REDIRECT_URI);
    return;
  }
  const begun: Begun = { state: randomText(), verifier: randomText() };
  sessionStorage.setItem(KEPT, JSON.stringify(begun));
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: "staff",
    state: begun.state,
    code_challenge: await challengeOf(begun.verifier),
    code_challenge_method: "S256",
  });
  location.assign(`/oauth/authorize?${asked}`);
}

/** Take what the sign-in page sent along; answers with a problem to show, if there is one. */
export async function completeSignIn(): Promise<OAuthProblem | null> {
  const told = new URLSearchParams(location.search);
  if (!told.has("state") && !told.has("code") && !told.has("error")) {
    return null;
  }
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  history.replaceState(null, "", PAGE);
  try {
    await exchange(told, kept === null ? null : (JSON.parse(kept) as Begun));
    return null;
  } catch (problem) {
    if (problem instanceof OAuthProblem) {
      return problem;
    }
    return new OAuthProblem("unreachable", String(problem));
  }
}

async function exchange(told: URLSearchParams, begun: Begun | null): Promise<void> {
  // An answer to a question that this tab did not ask, or of another server, is not followed.
  if (begun === null || told.get("state") !== begun.state || told.get("iss") !== config.issuer) {
    throw new OAuthProblem("not_asked_for", "");
  }
  const code = told.get("code");
  if (code === null) {
    const error = told.get("error") ?? "invalid_request";
    throw new OAuthProblem(error, told.get("error_description") ?? error);
  }
  const form = {
    grant_type: "authorization_code",
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: begun.verifier,
  };
  sessions.staff.begin((await post("/oauth/token", form)) as TokenAnswer);
}

function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
