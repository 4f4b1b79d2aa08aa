"use strict";
// Sends the page's forms, and asks every five seconds how the visit stands. A request that no hand made says so.
const banner = document.querySelector(".banner");

async function send(form) {
  const file = form.querySelector("input[type=file]");
  const text = form.querySelector("textarea");
  const code = form.querySelector("#code");
  let body = "";
  const shown = form.dataset.shown;
  if (shown) body = JSON.stringify({ shown, unreceipted: form.querySelector("input[name=unreceipted]").checked });
  else if (code) body = JSON.stringify({ code: code.value });
  else if (file && file.files.length) body = await file.files[0].text();
  else if (text) body = text.value;
  return fetch(form.dataset.post, { method: "POST", body, headers: { "X-Mimamori": "1" }, cache: "no-store" });
}

async function submit(event) {
  event.preventDefault();
  const form = event.target, error = form.querySelector(".error"), button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await send(form);
    if (answer.ok) return location.replace(form.dataset.next || "/");
    const said = await answer.json();
    error.textContent = said.message;
    error.hidden = false;
    if (said.tries) document.getElementById("tries").textContent = said.tries;
    if (said.failure === "locked" || said.failure === "not-waiting") setTimeout(() => location.replace("/"), 2000);
  } catch {
    lose();
  }
  button.disabled = false;
}

function lose() {
  banner.textContent = document.body.dataset.lost;
  banner.hidden = false;
}

async function ask() {
  try {
    const answer = await fetch("/standing", { headers: { "X-Mimamori": "1" }, cache: "no-store" });
    const said = await answer.json();
    banner.hidden = true;
    const left = document.getElementById("left");
    if (left && said.left) left.textContent = said.left;
    if (said.view !== document.body.dataset.view) location.replace("/");
  } catch {
    lose();
  }
}

for (const form of document.querySelectorAll("form[data-post]")) form.addEventListener("submit", submit);
if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), 5000);
setInterval(ask, 5000);
