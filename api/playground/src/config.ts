/** What the server tells the page: where it stands and what it may offer. */

export interface Config {
  /** The mall's public address, which is the issuer of its tokens. */
  readonly issuer: string;
  /** What the mall is called. */
  readonly name: string;
  /** Whether members and pads can be tried out here. */
  readonly isDevelopment: boolean;
  /** Where the fake WeChat is; null where there is none. */
  readonly wechat: string | null;
}

function read(): Config {
  const text = document.getElementById("config")?.textContent ?? "";
  return JSON.parse(text) as Config;
}

export const config = read();
export const PAGE = "/playground";
