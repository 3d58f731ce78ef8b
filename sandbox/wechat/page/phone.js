"use strict";

const BETWEEN_LOOKS_MILLISECONDS = 2000;
const tokens = new Map();

const at = (id) => document.getElementById(id);

async function call(path, body) {
  const asking = body === undefined
    ? {}
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, asking);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error);
  return told;
}

// What goes wrong is shown until something goes right.
function acting(action, problem = "problem") {
  return async (event) => {
    event.preventDefault();
    try {
      await action();
      at(problem).textContent = "";
    } catch (error) {
      at(problem).textContent = error.message;
    }
  };
}

function signedIn() {
  const token = tokens.get(at("person").value);
  if (!token) throw new Error("请先打开小程序。Open the mini-program first.");
  return token;
}

// Whether whoever has asked still holds the phone when the answer comes.
const isStill = (token) => tokens.get(at("person").value) === token;

// What the mall told in a field; where it refused, an error with its code and its words.
function answered(answer, field) {
  const { errors, data } = answer.body ?? {};
  if (errors?.length) throw new Error(`${errors[0].extensions?.code ?? ""} ${errors[0].message}`);
  const told = data?.[field];
  if (!told) throw new Error(`${answer.status ?? ""} ${JSON.stringify(answer.body)}`);
  if (told.message) throw new Error(`${told.__typename}: ${told.message}`);
  return told;
}

function show(result) {
  at("result").textContent = JSON.stringify(result, null, 2);
}

function showToken() {
  at("token").value = tokens.get(at("person").value) ?? "";
}

async function showPeople(chosen) {
  const people = await call("/_control/people");
  at("person").replaceChildren(
    ...people.map((person) => new Option(`${person.name} ${person.phone ?? ""}`, person.name)),
  );
  if (chosen) at("person").value = chosen;
  at("person").dispatchEvent(new Event("change"));
}

async function create() {
  const name = at("name").value.trim();
  const number = at("number").value.trim();
  await call("/_control/people", number ? { name, phone: number, unionid: true } : { name, unionid: true });
  at("create").reset();
  await showPeople(name);
}

async function signIn() {
  const person = at("person").value;
  const signedIn = await call("/phone/sign-in", { person });
  if (signedIn.access_token) tokens.set(person, signedIn.access_token);
  showToken();
  show(signedIn);
}

async function bindPhone() {
  const person = at("person").value;
  show(await call("/phone/bind-phone", { person, access_token: tokens.get(person) ?? null }));
}

async function copyToken() {
  at("token").select();
  await navigator.clipboard.writeText(at("token").value);
}

function item(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}

// A list that has not changed is left alone: somebody may be pressing a button in it.
function fill(id, told, line) {
  const text = JSON.stringify(told);
  if (at(id).dataset.told === text) return;
  at(id).dataset.told = text;
  at(id).replaceChildren(...told.map(line));
}

function button(chinese, english, action, problem) {
  const made = document.createElement("button");
  const small = document.createElement("small");
  small.lang = "en";
  small.textContent = english;
  made.append(`${chinese} `, small);
  made.addEventListener("click", acting(action, problem));
  return made;
}

function moment(told) {
  return new Date(told).toLocaleTimeString();
}

async function showMessages() {
  const { sms, subscribe } = await call("/_control/messages");
  at("sms").replaceChildren(
    ...sms.reverse().map((each) => item(`${moment(each.at)} ${each.phone}: ${each.code} (${each.purpose}, ${each.language})`)),
  );
  at("subscribe").replaceChildren(
    ...subscribe.reverse().map((each) => item(`${moment(each.at)} ${each.person}: ${Object.values(each.values).join(" · ")}`)),
  );
}

async function begin() {
  const { url } = await call("/phone/mall");
  at("mall").textContent = url
    ? `商城 Mall: ${url}`
    : "没有商城：只显示代码。 There is no mall: codes are only shown.";
  await showPeople();
}

at("person").addEventListener("change", showToken);
at("create").addEventListener("submit", acting(create));
at("sign-in").addEventListener("click", acting(signIn));
at("bind-phone").addEventListener("click", acting(bindPhone));
at("copy").addEventListener("click", acting(copyToken));
// A server that is being started again answers at a later look.
setInterval(() => showMessages().catch(() => {}), BETWEEN_LOOKS_MILLISECONDS);
begin().then(showMessages).catch((error) => { at("problem").textContent = error.message; });
