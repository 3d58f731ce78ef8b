/** From an operation's example variables to ones that work here and now. */

import { ask } from "../graphql";
import { uuid } from "../random";
import type { Catalogue, Fields, Fill, Operation, Value } from "./catalogue";

const REFERENCE = /^\$(\w+)(?:\.([\w.]+))?$/;
const FRESH = "$fresh";

const OPEN = /^<.+>$/;
const STANDS_IN = /^[\w/]*…[\w.]*$/;
const DAY = 86_400_000;

/** Variables, and the names of those that whoever runs the operation has to fill in first. */
export interface Filled {
  readonly variables: Value;
  readonly open: readonly string[];
}

/** The variables with a request id of their own, and with things of this mall. */
export async function filled(catalogue: Catalogue, operation: Operation): Promise<Filled> {
  const names = new Set<string>();
  mapped(operation.variables, (text) => {
    const name = REFERENCE.exec(text)?.[1];
    if (name !== undefined && name in catalogue.fills) {
      names.add(name);
    }
    return text;
  });
  const answers = new Map<string, Value>();
  await Promise.all(
    [...names].map(async (name) => {
      const fill = catalogue.fills[name];
      if (fill !== undefined) {
        answers.set(name, await answered(fill));
      }
    }),
  );
  const fresh = Date.now().toString(36).toUpperCase();
  const variables = mapped(operation.variables, (text) =>
    replaced(text, catalogue.fills, answers, fresh),
  );
  return { variables, open: open(variables) };
}

/** Where a person has to say something: `<…>`, or what stands in for a thing that is not there. */
function open(value: Value, name = ""): readonly string[] {
  if (typeof value === "string") {
    return OPEN.test(value) || STANDS_IN.test(value) ? [name] : [];
  }
  if (value === null || typeof value !== "object") {
    return [];
  }
  const below = (key: string) => (name === "" ? key : `${name}.${key}`);
  return Object.entries(value).flatMap(([key, each]) => open(each as Value, below(key)));
}

async function answered(fill: Fill): Promise<Value> {
  if (fill.query === null) {
    return fill.missing;
  }
  const data = await ask<Fields>(fill.query).catch(() => null);
  return at(data, fill.path) ?? fill.missing;
}

function replaced(
  text: string,
  fills: Catalogue["fills"],
  answers: ReadonlyMap<string, Value>,
  fresh: string,
): Value {
  const [, name = "", path = ""] = REFERENCE.exec(text) ?? [];
  if (name === "requestId") {
    return uuid();
  }
  if (name === "inDays") {
    return new Date(Date.now() + Number(path) * DAY).toISOString();
  }
  const answer = answers.get(name);
  if (answer !== undefined) {
    const steps = path === "" ? [] : path.split(".");
    const standIn = at(fills[name]?.missing ?? null, steps);
    // What a thing lacks has to be filled in too, as the token of a quote that cannot be had.
    const isOpen = typeof standIn === "string" && STANDS_IN.test(standIn);
    return at(answer, steps) ?? (isOpen ? standIn : null);
  }
  return text.replaceAll(FRESH, fresh);
}

function at(value: Value, path: readonly string[]): Value {
  let found: Value = value;
  for (const step of path) {
    found = step.startsWith("?")
      ? firstWith(found, step.slice(1))
      : ((found as Fields | null)?.[step] ?? null);
  }
  return found;
}

function firstWith(list: Value, wanted: string): Value {
  const items = Array.isArray(list) ? (list as readonly Value[]) : [];
  const [path = "", word] = wanted.split("=");
  const fits = (part: Value) => (word === undefined ? part !== null : String(part) === word);
  return items.find((item) => fits(at(item, path.split("/")))) ?? null;
}

function mapped(value: Value, replace: (text: string) => Value): Value {
  if (typeof value === "string") {
    return replace(value);
  }
  if (Array.isArray(value)) {
    return value.map((each: Value) => mapped(each, replace));
  }
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as Fields);
    return Object.fromEntries(entries.map(([name, each]) => [name, mapped(each, replace)]));
  }
  return value;
}
