"use strict";

const TOLD = {
  ORDER_PAID: "付款成功 Order paid",
  ORDER_CLOSED: "订单关闭 Order closed",
  PAYMENT_REFUNDED: "退款成功 Refund made",
  ORDER_SHIPPED: "订单发货 Parcel sent",
  ORDER_READY: "到店取货 Ready to be fetched",
  ORDER_FETCHED: "已取货 Fetched",
  ORDER_DELIVERED: "已交付 Delivered",
  CASE_MOVED: "售后进展 News of a case",
  INVOICE_ISSUED: "发票已开具 Invoice issued",
  INVOICE_REJECTED: "发票未开具 No invoice",
  POINTS_EXPIRING: "积分到期 Points expire",
};

// WeChat takes three templates in one call, so a mini-program asks for what comes next.
const MOMENTS = {
  paying: ["ORDER_PAID", "ORDER_CLOSED", "PAYMENT_REFUNDED"],
  paid: ["ORDER_SHIPPED", "ORDER_READY", "ORDER_FETCHED"],
  virtual: ["ORDER_DELIVERED", "POINTS_EXPIRING"],
  later: ["CASE_MOVED", "INVOICE_ISSUED", "INVOICE_REJECTED"],
};

// What the sheet of permits asks for; it belongs to whoever opened it.
let asking = { person: "", templates: [] };

const titled = (kind) => TOLD[kind] ?? kind;

async function openPermits() {
  const answer = await call("/phone/messages/templates", { access_token: signedIn() });
  const wanted = MOMENTS[at("permit-moment").value];
  const all = answered(answer, "messageTemplates");
  const templates = all.filter(({ kind }) => wanted.includes(kind));
  if (!templates.length) throw new Error("商城没有消息模板。The mall has no templates.");
  asking = { person: at("person").value, templates };
  at("permit-choices").replaceChildren(
    ...templates.map(({ kind }) => {
      const line = document.createElement("li");
      const label = document.createElement("label");
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.name = kind;
      tick.checked = true;
      label.append(tick, ` ${titled(kind)}`);
      line.append(label);
      return line;
    }),
  );
  at("permit-sheet").showModal();
}

const ticked = (kind) => at("permit-choices").querySelector(`[name="${kind}"]`).checked;

function answering(isAccepted) {
  return async () => {
    const { person, templates } = asking;
    at("permit-sheet").close();
    const answers = Object.fromEntries(
      templates.map(({ kind, templateId }) => [templateId, isAccepted(kind)]),
    );
    const told = await call("/phone/messages/answer", { person, answers });
    show(told);
    if (told.errCode) throw new Error(`${told.errCode} ${told.errMsg}`);
    await report(templates, told);
  };
}

// The mall believes what WeChat told the mini-program, and tells how many permits it has now.
async function report(templates, told) {
  const answers = templates.map(({ kind, templateId }) => ({
    kind,
    isAccepted: told[templateId] === "accept",
  }));
  const answer = await call("/phone/messages/record", { access_token: signedIn(), answers });
  showPermits(answered(answer, "recordMessagePermits").templates);
}

function showPermits(templates) {
  at("permits").textContent = templates
    .map(({ kind, permits }) => `${titled(kind)}: ${permits}`)
    .join(" · ");
}

function inboxLine({ node }) {
  return item(`${moment(node.toldAt)} ${node.title}: ${node.body}`);
}

async function showInbox() {
  const token = signedIn();
  const told = await call("/phone/messages/inbox", { access_token: token });
  const left = await call("/phone/messages/templates", { access_token: token });
  if (!isStill(token)) return;
  fill("inbox", answered(told, "messages").edges, inboxLine);
  showPermits(answered(left, "messageTemplates"));
}

async function beginMessages() {
  const { url } = await call("/phone/mall");
  if (!url) return;
  at("ask-permits").hidden = false;
  setInterval(() => showInbox().catch(() => {}), BETWEEN_LOOKS_MILLISECONDS);
}

// What was another person's is not shown to the next one.
function forget() {
  for (const id of ["mall-orders", "inbox", "shipping"]) fill(id, [], item);
  at("permits").textContent = "";
}

const answeringPermits = (isAccepted) => acting(answering(isAccepted), "permit-problem");

at("person").addEventListener("change", forget);
at("ask-permits").addEventListener("click", acting(openPermits, "permit-problem"));
at("allow").addEventListener("click", answeringPermits(ticked));
at("refuse").addEventListener("click", answeringPermits(() => false));
beginMessages().catch((error) => { at("permit-problem").textContent = error.message; });
