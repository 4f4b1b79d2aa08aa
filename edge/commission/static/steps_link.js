// The line to the camera: every request, what the page says when it is gone, and coming back by itself.

const AGAIN_MS = 2000;
const PATIENCE_MS = 8000;
const HEADERS = { "X-Mimamori": "1" };
const trouble = document.getElementById("trouble");

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Returns an element that says a text in both languages; the page shows one. */
export function words(ja, en, name = "span") {
  const both = document.createElement(name);
  for (const [lang, text] of [["ja", ja], ["en", en]]) {
    const one = document.createElement("span");
    one.lang = lang;
    one.textContent = text;
    both.append(one);
  }
  return both;
}

function complain(ja, en) {
  if (trouble.hidden || trouble.textContent !== ja + en) trouble.replaceChildren(words(ja, en));
  trouble.hidden = false;
}

function lost() {
  complain("接続が切れました。つながると自動で続きます。画面は閉じないでください。", "Connection lost. It goes on by itself; keep this page open.");
}

function over() {
  document.body.dataset.over = "yes";
  complain("訪問は終わりました。続けるには本体のボタンを5秒押し、もう一度入ってください。", "The visit is over. To go on, hold the button at the case for 5 s and enter again.");
}

/** Whether the visit has ended: nothing is asked any more. */
export const isOver = () => document.body.dataset.over === "yes";

/** Asks once; throws a TypeError where nobody answers. */
async function ask(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", headers: HEADERS, signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  if (answer.status === 404) over();
  return answer;
}

/** Asks until somebody answers or the visit is over; returns the response, whatever its status below 500. */
export async function insist(path, options) {
  for (;;) {
    try {
      const answer = await ask(path, options);
      if (answer.status < 500) {
        if (!isOver()) trouble.hidden = true;
        return answer;
      }
      complain("カメラが今は応えられません。自動でやり直します。", "The camera cannot answer just now; it is tried again by itself.");
    } catch {
      lost();
    }
    await wait(AGAIN_MS);
  }
}

export const getJson = async (path) => (await insist(path)).json();
export const send = (method, path, value) => insist(path, { method, body: JSON.stringify(value) });
