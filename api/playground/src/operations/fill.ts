/** From an operation's example variables to ones that work here and now. */

import { ask } from "../graphql";
import { uuid } from "../random";
import type { Catalogue, Fields, Fill, Operation, Value } from "./catalogue";

const REFERENCE = /^\$(\w+)(?:\.([\w.]+))?$/;
const FRESH = "$fresh";

/** The variables with a request id of their own, and with things of this mall. */
export async function filled(catalogue: Catalogue, operation: Operation): Promise<Value> {
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
  return mapped(operation.variables, (text) => replaced(text, answers, fresh));
}

async function answered(fill: Fill): Promise<Value> {
  if (fill.query === null) {
    return fill.missing;
  }
  const data = await ask<Fields>(fill.query).catch(() => null);
  return at(data, fill.path) ?? fill.missing;
}

function replaced(text: string, answers: ReadonlyMap<string, Value>, fresh: string): Value {
  const [, name = "", path = ""] = REFERENCE.exec(text) ?? [];
  if (name === "requestId") {
    return uuid();
  }
  const answer = answers.get(name);
  if (answer !== undefined) {
    return at(answer, path === "" ? [] : path.split("."));
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
  const fits = (part: Value) => (word === undefined ? part !== null : part === word);
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
