/** The named operations, as the mall delivers them. */

import type { Bilingual } from "../language";
import type { Identity } from "../session/identities";

/** A value of an operation's variables: JSON, whose texts may point to a fill (`$place.id`). */
export type Value = null | boolean | number | string | readonly Value[] | Fields;
export interface Fields {
  readonly [name: string]: Value;
}

export interface Group {
  readonly id: string;
  readonly title: Bilingual;
}

export interface Operation {
  readonly name: string;
  readonly kind: "query" | "mutation" | "subscription";
  readonly group: string;
  readonly identities: readonly Identity[];
  readonly title: Bilingual;
  readonly explanation: Bilingual;
  readonly text: string;
  readonly variables: Fields;
}

/** A question whose answer has what example variables need; what stands there without one. */
export interface Fill {
  readonly query: string | null;
  readonly path: readonly string[];
  readonly missing: Fields;
}

export interface Catalogue {
  readonly groups: readonly Group[];
  readonly fills: Readonly<Record<string, Fill>>;
  readonly operations: readonly Operation[];
}

export async function loadCatalogue(): Promise<Catalogue> {
  const answer = await fetch("/playground/operations.json", { credentials: "omit" });
  if (!answer.ok) {
    throw new Error(`operations.json: ${answer.status}`);
  }
  return (await answer.json()) as Catalogue;
}

/** The operations that an identity may run and whose words match, by group, empty ones left out. */
export function found(
  catalogue: Catalogue,
  identity: Identity,
  search: string,
): readonly { readonly group: Group; readonly operations: readonly Operation[] }[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (operation: Operation) => {
    const text = [
      operation.name,
      ...Object.values(operation.title),
      ...Object.values(operation.explanation),
    ]
      .join(" ")
      .toLowerCase();
    return operation.identities.includes(identity) && words.every((word) => text.includes(word));
  };
  return catalogue.groups
    .map((group) => ({
      group,
      operations: catalogue.operations.filter((each) => each.group === group.id && matches(each)),
    }))
    .filter((part) => part.operations.length > 0);
}
