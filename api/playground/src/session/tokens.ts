/** Tokens of this browser tab: kept in its own storage, never in an address, refreshed in time. */

import { acceptLanguage } from "../language";

/** What `/oauth/token` answers. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
}

interface Kept {
  readonly access: string;
  readonly refresh: string | null;
  readonly expiresAt: number;
}

/** An error of OAuth: its code for the page, its message for people. */
export class OAuthProblem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

interface ErrorAnswer {
  readonly error?: string;
  readonly message?: string;
  readonly error_description?: string;
}

/** Send a form to an OAuth endpoint; raises an `OAuthProblem` for what it refuses. */
export async function post(path: string, form: Record<string, string>): Promise<unknown> {
  const response = await fetch(path, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: { accept: "application/json", "accept-language": acceptLanguage() },
    credentials: "omit",
  });
  const text = await response.text();
  const answer = (text.startsWith("{") ? JSON.parse(text) : {}) as ErrorAnswer;
  if (!response.ok) {
    const code = answer.error ?? `http_${response.status}`;
    const seconds = Number(response.headers.get("retry-after"));
    throw new OAuthProblem(
      code,
      answer.message ?? answer.error_description ?? code,
      seconds > 0 ? seconds : null,
    );
  }
  return answer;
}

const REFRESH_BEFORE_MS = 60_000;

/**
 * One session at the mall, or none. The refresh token is good once, so at most one refresh runs at
 * a time; and no other tab has these tokens (`tabs.ts`).
 */
export class Session {
  #kept: Kept | null;
  #refreshing: Promise<void> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly key: string,
    private readonly clientId: string,
  ) {
    const kept = sessionStorage.getItem(key);
    this.#kept = kept === null ? null : (JSON.parse(kept) as Kept);
  }

  get isOpen(): boolean {
    return this.#kept !== null;
  }

  /** Listen for the begin, the end and each refresh; for `useSyncExternalStore`. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Changes whenever the session begins or ends; for `useSyncExternalStore`. */
  snapshot = (): boolean => this.#kept !== null;

  begin(answer: TokenAnswer): void {
    this.#keep({
      access: answer.access_token,
      refresh: answer.refresh_token ?? null,
      expiresAt: Date.now() + answer.expires_in * 1000,
    });
  }

  /** The access token, refreshed where it is about to expire; null where nobody is signed in. */
  async token(): Promise<string | null> {
    if (this.#kept !== null && Date.now() > this.#kept.expiresAt - REFRESH_BEFORE_MS) {
      await this.refresh();
    }
    return this.#kept?.access ?? null;
  }

  /** Change the refresh token for new tokens; where the mall refuses that, the session is over. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  /** Sign out: the mall ends the session, and the tab forgets it whatever the mall says. */
  async end(): Promise<void> {
    await this.#refreshing?.catch(() => undefined);
    const kept = this.#kept;
    this.#keep(null);
    if (kept !== null) {
      const form = { client_id: this.clientId, token: kept.refresh ?? kept.access };
      await post("/oauth/revoke", form).catch(() => undefined);
    }
  }

  /** Forget the tokens without a word to the mall: they are another tab's. */
  forget(): void {
    this.#keep(null);
  }

  async #refresh(): Promise<void> {
    const kept = this.#kept;
    if (kept === null) {
      return;
    }
    if (kept.refresh === null) {
      this.#keep(null);
      return;
    }
    const form = {
      grant_type: "refresh_token",
      client_id: this.clientId,
      refresh_token: kept.refresh,
    };
    try {
      this.begin((await post("/oauth/token", form)) as TokenAnswer);
    } catch (problem) {
      if (problem instanceof OAuthProblem && problem.code === "invalid_grant") {
        this.#keep(null);
        return;
      }
      throw problem;
    }
  }

  #keep(kept: Kept | null): void {
    this.#kept = kept;
    if (kept === null) {
      sessionStorage.removeItem(this.key);
    } else {
      sessionStorage.setItem(this.key, JSON.stringify(kept));
    }
    this.#listeners.forEach((listener) => listener());
  }
}
