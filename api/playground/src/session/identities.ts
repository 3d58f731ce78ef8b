/** Who the page acts as: the staff, and in development a member or a pad. */

import { useSyncExternalStore } from "react";

import { config } from "../config";
import { Session } from "./tokens";

export type Identity = "staff" | "member" | "pad";

/** The sessions of this tab. Those of a pad are two: the device's, and who signed in on it. */
export const sessions = {
  staff: new Session("playground.staff", "playground"),
  member: new Session("playground.member", "mini-program"),
  pad: new Session("playground.pad", "pad"),
  padStaff: new Session("playground.pad-staff", "pad"),
} as const;

export const IDENTITIES: readonly Identity[] = config.isDevelopment
  ? ["staff", "member", "pad"]
  : ["staff"];

const KEPT = "playground.identity";
const listeners = new Set<() => void>();

function first(): Identity {
  const kept = sessionStorage.getItem(KEPT);
  return IDENTITIES.find((each) => each === kept) ?? "staff";
}

let current = first();

export function choose(identity: Identity): void {
  current = identity;
  sessionStorage.setItem(KEPT, identity);
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useIdentity(): Identity {
  return useSyncExternalStore(subscribe, () => current);
}

export function useIsOpen(session: Session): boolean {
  return useSyncExternalStore(session.subscribe, session.snapshot);
}

/** The session whose token goes with requests: on a pad that of the staff, once signed in. */
export function activeSession(): Session {
  if (current === "pad") {
    return sessions.padStaff.isOpen ? sessions.padStaff : sessions.pad;
  }
  return sessions[current];
}
