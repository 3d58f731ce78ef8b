/** Who is signed in, with the role and the stores. */

import { useSpeech } from "../language";
import { useViewer, type Viewer } from "../session/viewer";
import { ROLES, type Word } from "../words";

/** `unknown` is said until the mall has told who it is. */
export function Who({ unknown = "signed_in" }: { readonly unknown?: Word }) {
  const { say } = useSpeech();
  const viewer = useViewer();
  if (viewer === null) {
    return <span className="who">{say(unknown)}</span>;
  }
  return (
    <span className="who" data-testid="who">
      <strong>{viewer.name}</strong>
      <Station viewer={viewer} />
    </span>
  );
}

/** What somebody is in charge of, and where. */
function Station({ viewer }: { readonly viewer: Viewer }) {
  const { say } = useSpeech();
  const role = viewer.role === null ? null : (ROLES[viewer.role] ?? null);
  const parts = [
    role === null ? viewer.role : say(role),
    ...(viewer.stores?.map((store) => say(store)) ?? [say("whole_mall")]),
  ];
  const told = parts.filter((part) => part !== null).join(" · ");
  return told === "" ? null : <small title={told}>{told}</small>;
}
