/** What the page says, in both languages. */

export const WORDS = {
  operations: { zh: "常用操作", en: "Operations" },
  search: { zh: "搜索操作…", en: "Search operations…" },
  nothing_found: { zh: "没有符合的操作。", en: "No operation matches." },
  operations_missing: {
    zh: "无法读取操作列表，请刷新页面。",
    en: "The operations could not be read; please reload the page.",
  },
  fill_in: { zh: "运行前请填写：", en: "Fill in before you run it: " },
  query: { zh: "查询", en: "read" },
  mutation: { zh: "变更", en: "change" },
  subscription: { zh: "订阅", en: "live" },
  playground: { zh: "运营工作台", en: "Playground" },
  development: { zh: "开发环境", en: "development" },
  act_as: { zh: "当前身份", en: "Act as" },
  staff: { zh: "员工", en: "Staff" },
  member: { zh: "小程序会员", en: "Member" },
  pad: { zh: "门店平板", en: "Pad" },
  sign_in: { zh: "登录", en: "Sign in" },
  sign_out: { zh: "退出登录", en: "Sign out" },
  signed_in: { zh: "已登录", en: "Signed in" },
  not_signed_in: { zh: "未登录", en: "Not signed in" },
  cancel: { zh: "取消", en: "Cancel" },
  language: { zh: "语言", en: "Language" },
  sign_in_failed: { zh: "登录未完成：", en: "Signing in was not completed: " },
  not_asked_for: {
    zh: "返回的信息与本页发起的登录不符，请重新登录。",
    en: "the answer does not belong to a sign-in of this tab; please sign in again.",
  },
  denied: { zh: "您没有同意授权。", en: "you did not allow it." },
  unreachable: { zh: "无法连接商城。", en: "the mall cannot be reached." },
  no_answer: {
    zh: "商城没有回应，请稍后再试。",
    en: "The mall did not answer; try again in a moment.",
  },
  insecure: {
    zh: "此地址不是安全连接，浏览器不允许登录。请使用 https 或 127.0.0.1 打开。",
    en: "This address is not secure, so the browser allows no signing in. Use https or 127.0.0.1.",
  },
  choose_person: { zh: "选择一位微信用户", en: "Choose a WeChat user" },
  other_person: { zh: "或输入其他名字", en: "Or type another name" },
  wechat_missing: {
    zh: "未找到演示微信（由 make run 启动）。",
    en: "There is no fake WeChat (make run starts one).",
  },
  connect_pad: { zh: "连接平板", en: "Connect a pad" },
  pad_code: {
    zh: "请由店长扫码，或打开链接并输入此代码：",
    en: "Let a store manager scan this, or open the link and type the code:",
  },
  open_approval: { zh: "在新标签页中批准", en: "Approve in another tab" },
  waiting: { zh: "等待批准…", en: "Waiting for approval…" },
  pad_expired: { zh: "代码已过期，请重新连接。", en: "The code has expired; connect again." },
  pad_denied: { zh: "店长拒绝了此平板。", en: "The store manager refused this pad." },
  pad_connected: { zh: "平板已连接", en: "Pad connected" },
  pad_staff: { zh: "员工用 PIN 登录", en: "Sign in by PIN" },
  login: { zh: "工号", en: "Login" },
  pin: { zh: "PIN 码", en: "PIN" },
  leave_pad: { zh: "断开平板", en: "Disconnect the pad" },
  whole_mall: { zh: "全商城", en: "Whole mall" },
} as const;

export type Word = keyof typeof WORDS;

/** Roles as people call them; one that is not here is shown as it came. */
export const ROLES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  OWNER: { zh: "品牌负责人", en: "Owner" },
  OPERATOR: { zh: "运营", en: "Operator" },
  STORE_MANAGER: { zh: "店长", en: "Store manager" },
  GUIDE: { zh: "导购", en: "Guide" },
  ENGINEER: { zh: "工程师", en: "Engineer" },
  FINANCE: { zh: "财务", en: "Finance" },
};
