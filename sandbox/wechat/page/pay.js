"use strict";

// What the sheet shows; null while it is closed.
let shown = null;

function paying(action) {
  return async (event) => {
    event.preventDefault();
    try {
      at("refusal").textContent = "";
      await action();
    } catch (error) {
      at("refusal").textContent = error.message;
    }
  };
}

const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;

const left = (seconds) => `${Math.floor(seconds / 60)} 分 min ${seconds % 60} 秒 s`;

const described = (order) =>
  `${order.out_trade_no} · ${order.description} · ${yuan(order.total)} · ${left(order.seconds_left)}`;

function signedIn() {
  const token = tokens.get(at("person").value);
  if (!token) throw new Error("请先打开小程序。Open the mini-program first.");
  return token;
}

function button(chinese, english, action) {
  const made = document.createElement("button");
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = english;
  made.append(`${chinese} `, small);
  made.addEventListener("click", paying(action));
  return made;
}

function openSheet(order) {
  shown = { person: at("person").value, out_trade_no: order.out_trade_no };
  at("sheet-order").textContent = described(order);
  if (!at("sheet").open) at("sheet").showModal();
}

async function requestPayment(parameters) {
  at("parameters").value = JSON.stringify(parameters, null, 2);
  const { timeStamp, nonceStr, package: prepay, signType, paySign } = parameters;
  const given = { timeStamp, nonceStr, package: prepay, signType, paySign };
  openSheet(await call("/phone/pay/sheet", { person: at("person").value, parameters: given }));
}

async function openPasted() {
  let parameters;
  try {
    parameters = JSON.parse(at("parameters").value);
  } catch {
    throw new Error("这不是 JSON。This is not JSON.");
  }
  await requestPayment(parameters);
}

async function payAtMall(orderId) {
  const answer = await call("/phone/pay/mall-pay", { access_token: signedIn(), order_id: orderId });
  show(answer);
  const told = answer.body?.data?.payOrder;
  if (told?.requestPayment) await requestPayment(told.requestPayment);
  else if (told?.message) throw new Error(told.message);
}

async function listOrders() {
  const answer = await call("/phone/pay/mall-orders", { access_token: signedIn() });
  const edges = answer.body?.data?.orders?.edges;
  if (!edges) show(answer);
  at("mall-orders").replaceChildren(
    ...(edges ?? []).map(({ node }) => {
      const goods = node.lines.map((line) => `${line.productTitle} × ${line.units}`).join(", ");
      const line = item(`${node.number} · ${goods} · ${yuan(node.payable)} `);
      line.append(button("去支付", "Pay", () => payAtMall(node.id)));
      return line;
    }),
  );
}

async function buySomething() {
  show(await call("/phone/pay/mall-buy", { access_token: signedIn() }));
  await listOrders();
}

function closing(path) {
  return async () => {
    const order = shown;
    at("sheet").close();
    show(await call(path, order));
    await showPayOrders();
  };
}

async function showPayOrders() {
  const person = at("person").value;
  if (!person || at("paying").hidden) return;
  const orders = await call(`/phone/pay/orders?person=${encodeURIComponent(person)}`);
  at("pay-orders").replaceChildren(
    ...orders.map((order) => {
      const line = item(`${described(order)} `);
      line.append(button("打开", "Open", () => openSheet(order)));
      return line;
    }),
  );
}

async function beginPaying() {
  const { url, can_pay: canPay } = await call("/phone/mall");
  at("paying").hidden = !canPay;
  for (const id of ["buy", "list-orders"]) at(id).hidden = !url;
  setInterval(() => showPayOrders().catch(() => {}), BETWEEN_LOOKS_MILLISECONDS);
}

at("buy").addEventListener("click", paying(buySomething));
at("list-orders").addEventListener("click", paying(listOrders));
at("open-sheet").addEventListener("click", paying(openPasted));
at("pay").addEventListener("click", paying(closing("/phone/pay/pay")));
at("cancel").addEventListener("click", paying(closing("/phone/pay/cancel")));
beginPaying().catch((error) => { at("refusal").textContent = error.message; });
