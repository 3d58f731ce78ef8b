"use strict";

const SHIPPING_STATES = {
  TO_SHIP: "待发货 To be shipped",
  SHIPPED: "已发货 Shipped",
  CONFIRMED: "已确认收货 Confirmed",
  COMPLETED: "交易完成 Completed",
  REFUNDED: "已退款 Refunded",
};

const confirmAtWeChat = (number) => async () => {
  const asked = { person: at("person").value, out_trade_no: number };
  show(await call("/phone/shipping/confirm", asked));
  await showShipping();
};

function shippingLine(payment) {
  const parcels = payment.parcels
    .map(([company, number, described]) => `${company} ${number} ${described}`.trim())
    .join("; ");
  const frozen = payment.frozen ? ` · 冻结 Frozen ${yuan(payment.frozen)}` : "";
  const state = SHIPPING_STATES[payment.state] ?? payment.state;
  const line = item(`${payment.out_trade_no} · ${state}${frozen} · ${parcels} `);
  if (payment.state === "SHIPPED") {
    const confirm = confirmAtWeChat(payment.out_trade_no);
    line.append(button("在微信确认收货", "Confirm receipt at WeChat", confirm, "shipping-problem"));
  }
  return line;
}

async function showShipping() {
  const person = at("person").value;
  if (!person || at("paying").hidden) return;
  const payments = await call(`/phone/shipping?person=${encodeURIComponent(person)}`);
  at("shipping").replaceChildren(...payments.map(shippingLine));
}

at("list-shipping").addEventListener("click", acting(showShipping, "shipping-problem"));
