/** The two languages of the page: the browser's at first, then the one that was chosen. */

import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";

import { WORDS, type Word } from "./words";

export type Language = "zh" | "en";
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

interface Speech {
  readonly language: Language;
  choose(language: Language): void;
  /** Say a word of the page, or a text that came in both languages. */
  say(word: Word | Bilingual): string;
}

const KEPT = "playground.language";
const TAGS = { zh: "zh-CN", en: "en" } as const;
const SpeechContext = createContext<Speech | null>(null);

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "zh" || kept === "en") {
    return kept;
  }
  const wished = navigator.languages.find((each) => /^(zh|en)\b/i.test(each));
  return wished?.toLowerCase().startsWith("en") ? "en" : "zh";
}

let current = first();

/** The language in which the mall should answer, as `Accept-Language`. */
export function acceptLanguage(): string {
  return TAGS[current];
}

/** A word of the page in its present language, for what is no component. */
export function inWords(word: Word): string {
  return WORDS[word][current];
}

export function Speaking({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(current);
  const choose = useCallback((chosen: Language) => {
    current = chosen;
    localStorage.setItem(KEPT, chosen);
    setLanguage(chosen);
  }, []);
  const speech = useMemo<Speech>(() => {
    document.documentElement.lang = TAGS[language];
    const say = (word: Word | Bilingual) =>
      typeof word === "string" ? WORDS[word][language] : word[language];
    return { language, choose, say };
  }, [language, choose]);
  return <SpeechContext value={speech}>{children}</SpeechContext>;
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (speech === null) {
    throw new Error("useSpeech is for what is inside Speaking");
  }
  return speech;
}
