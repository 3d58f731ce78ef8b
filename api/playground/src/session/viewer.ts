/** Who is signed in, as the mall tells it. */

import { useEffect, useState } from "react";

import { ask } from "../graphql";
import type { Bilingual } from "../language";
import { activeSession, sessions, useIdentity, useIsOpen } from "./identities";
import type { Session } from "./tokens";

/** Somebody of the staff, a pad, or a member. */
export interface Viewer {
  readonly name: string;
  /** What staff are in charge of; pads and members have no role. */
  readonly role: string | null;
  /** Where they work or stand; null is the whole mall. */
  readonly stores: readonly Bilingual[] | null;
}

interface Store {
  readonly title: Bilingual;
}
interface StaffAnswer {
  readonly staffViewer: {
    readonly name: string;
    readonly role: string;
    readonly stores: readonly Store[] | null;
  } | null;
}
interface PadAnswer {
  readonly padViewer: { readonly name: string; readonly store: Store | null } | null;
}
interface MemberAnswer {
  readonly viewer: { readonly name: string } | null;
}

const OF_STAFF = "query WhoIsSignedIn { staffViewer { name role stores { title { zh en } } } }";
const OF_PAD = "query WhichPadIsThis { padViewer { name store { title { zh en } } } }";
const OF_MEMBER = "query WhoIsSignedIn { viewer { name } }";

async function staffViewer(): Promise<Viewer | null> {
  const told = (await ask<StaffAnswer>(OF_STAFF))?.staffViewer;
  return told ? { ...told, stores: told.stores?.map((store) => store.title) ?? null } : null;
}

async function padViewer(): Promise<Viewer | null> {
  const told = (await ask<PadAnswer>(OF_PAD))?.padViewer;
  return told ? { name: told.name, role: null, stores: told.store ? [told.store.title] : [] } : null;
}

async function memberViewer(): Promise<Viewer | null> {
  const told = (await ask<MemberAnswer>(OF_MEMBER))?.viewer;
  return told ? { name: told.name, role: null, stores: [] } : null;
}

function viewerOf(session: Session): Promise<Viewer | null> {
  switch (session) {
    case sessions.member:
      return memberViewer();
    case sessions.pad:
      return padViewer();
    default:
      return staffViewer();
  }
}

/** Who acts at present; null while that is not known, or where nobody does. */
export function useViewer(): Viewer | null {
  useIdentity();
  const session = activeSession();
  const isOpen = useIsOpen(session);
  const [viewer, setViewer] = useState<Viewer | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setViewer(null);
    if (isOpen) {
      void viewerOf(session).then(
        (told) => isCurrent && setViewer(told),
        () => undefined,
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [session, isOpen]);
  return viewer;
}
