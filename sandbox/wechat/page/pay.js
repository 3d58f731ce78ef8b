"use strict";

// What the sheet shows; null while it is closed.
let shown = null;

const STATES = {
  PENDING_PAYMENT: "待付款",
  PAID: "已付款",
  PARTLY_SHIPPED: "部分发货",
  SHIPPED: "已发货",
  RECEIVED: "已收货",
  CLOSED: "已关闭",
};

const paying = (action) => acting(action, "refusal");

const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;

const left = (seconds) => `${Math.floor(seconds / 60)} 分 min ${seconds % 60} 秒 s`;

const described = (order) =>
  `${order.out_trade_no} · ${order.description} · ${yuan(order.total)} · ${left(order.seconds_left)}`;

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
  const { requestPayment: parameters } = answered(answer, "payOrder");
  if (parameters) await requestPayment(parameters);
}

function orderLine({ node }) {
  const goods = node.lines.map((line) => `${line.productTitle} × ${line.units}`).join(", ");
  const state = `${STATES[node.status] ?? ""} ${node.status}`;
  const line = item(`${node.number} · ${goods} · ${yuan(node.payable)} · ${state} `);
  if (node.status === "PENDING_PAYMENT") {
    line.append(button("去支付", "Pay", () => payAtMall(node.id), "refusal"));
  }
  return line;
}

async function listOrders() {
  const token = signedIn();
  const answer = await call("/phone/pay/mall-orders", { access_token: token });
  if (isStill(token)) fill("mall-orders", answered(answer, "orders").edges, orderLine);
}

async function buySomething() {
  const units = Number(at("units").value);
  const answer = await call("/phone/pay/mall-buy", { access_token: signedIn(), units });
  show(answer);
  checkBought(answer);
  await listOrders();
}

// Buying ends with what was said last: the order, or what is in its way.
function checkBought(answer) {
  const { quote, products, addToCart } = answer.body?.data ?? {};
  if (quote?.obstacles.length) {
    throw new Error(quote.obstacles.map((each) => `${each.obstacle}: ${each.message}`).join("\n"));
  }
  if (products) throw new Error("没有现货。Nothing is in stock.");
  answered(answer, addToCart ? "addToCart" : "placeOrder");
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
      line.append(button("打开", "Open", () => openSheet(order), "refusal"));
      return line;
    }),
  );
}

async function beginPaying() {
  const { url, can_pay: canPay } = await call("/phone/mall");
  at("paying").hidden = !canPay;
  at("shopping").hidden = !url;
  setInterval(() => showPayOrders().catch(() => {}), BETWEEN_LOOKS_MILLISECONDS);
  // Whoever is not signed in, or not any more, is told so when they press a button.
  if (url) setInterval(() => listOrders().catch(() => {}), BETWEEN_LOOKS_MILLISECONDS);
}

at("buy").addEventListener("click", paying(buySomething));
at("list-orders").addEventListener("click", paying(listOrders));
at("open-sheet").addEventListener("click", paying(openPasted));
at("pay").addEventListener("click", paying(closing("/phone/pay/pay")));
at("cancel").addEventListener("click", paying(closing("/phone/pay/cancel")));
beginPaying().catch((error) => { at("refusal").textContent = error.message; });
