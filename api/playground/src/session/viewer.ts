/** Who is signed in, as the mall tells it. */

import { useEffect, useState } from "react";

import { ask } from "../graphql";
import { activeSession, useIdentity, useIsOpen } from "./identities";

/** Somebody of the staff, or a member, who has no role. */
export interface Viewer {
  readonly name: string;
  readonly role: string | null;
  readonly stores: readonly string[];
}

interface StaffAnswer {
  readonly staffViewer: {
    readonly name: string;
    readonly role: string;
    readonly stores: readonly { readonly title: string }[];
  } | null;
}
interface MemberAnswer {
  readonly viewer: { readonly name: string } | null;
}

const OF_STAFF = "query WhoIsSignedIn { staffViewer { id name role stores { id title } } }";
const OF_MEMBER = "query WhoIsSignedIn { viewer { id name } }";

async function staffViewer(): Promise<Viewer | null> {
  const told = (await ask<StaffAnswer>(OF_STAFF))?.staffViewer;
  return told
    ? { name: told.name, role: told.role, stores: told.stores.map((store) => store.title) }
    : null;
}

async function memberViewer(): Promise<Viewer | null> {
  const told = (await ask<MemberAnswer>(OF_MEMBER))?.viewer;
  return told ? { name: told.name, role: null, stores: [] } : null;
}

/** Who acts at present; null while that is not known, or where nobody does. */
export function useViewer(): Viewer | null {
  const identity = useIdentity();
  const session = activeSession();
  const isOpen = useIsOpen(session);
  const [viewer, setViewer] = useState<Viewer | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setViewer(null);
    if (isOpen) {
      const asked = identity === "member" ? memberViewer() : staffViewer();
      void asked.then(
        (told) => isCurrent && setViewer(told),
        () => undefined,
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [identity, session, isOpen]);
  return viewer;
}
