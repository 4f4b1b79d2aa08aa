// The installer's steps: where they are, what is kept, and which language the page speaks.

import { fillPapers, percent, showLine, showSummary, signOff, watchPapers } from "./steps_forms.js";
import { speak } from "./steps_language.js";
import { getJson, isOver, send, wait, words } from "./steps_link.js";
import { Editor, drawLevels } from "./steps_masks.js";
import { follow, unzoom } from "./steps_view.js";

const STEPS = ["aim", "focus", "masks", "line", "papers", "sign-off"];
const PICTURED = ["aim", "focus", "masks"];
const SAVE_AFTER_MS = 300;
const LINE_EVERY_MS = 5000;
const by = (id) => document.getElementById(id);
let draft, editor, digest = null, peak = 0, unsaved = false, saving = null;

/** Keeps the draft on the camera; while one copy is under way the next waits. */
function save() {
  unsaved = true;
  by("saved").replaceChildren(words("保存中…", "Saving…"));
  saving ??= (async () => {
    while (unsaved && !isOver()) {
      await wait(SAVE_AFTER_MS);
      if (isOver()) break;
      unsaved = false;
      const answer = await send("POST", "/steps/draft", draft);
      if (answer.ok) told(await answer.json());
      else by("saved").replaceChildren(words("保存できません", "Not saved"));
    }
    saving = null;
  })();
  return saving;
}

function told(answer) {
  if (!unsaved) by("saved").replaceChildren(words("保存済み", "Saved"));
  editor.told(answer.faults);
  const road = answer.road === null ? "–" : percent(answer.road);
  const said = [words(`隠れる割合 ${percent(answer.masked)}、公道の割合 ${road}。`, `Masked ${percent(answer.masked)}, public road ${road}. `)];
  if (answer.road === null) said.push(words("「道路」で公道を囲むと、写る範囲に占める割合が出ます。", "Outline the public road to see its share of what stays visible."));
  else if (answer.road < 0.5) said.push(words("公道が半分未満です。向きやマスクで、写る範囲を必要最小限にしてください。", "Less than half is public road: aim or mask to keep the range minimal."));
  by("shares").replaceChildren(...said);
}

function show(step) {
  for (const section of document.querySelectorAll("section")) section.hidden = section.dataset.step !== step;
  for (const button of document.querySelectorAll("nav button")) {
    if (button.dataset.go === step) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
  const pictured = PICTURED.includes(step);
  by("stage").hidden = !pictured;
  document.querySelector("main").classList.toggle("pictured", pictured);
  by("back").disabled = step === "aim";
  by("next").hidden = step === "sign-off";
  by("moves").hidden = step === "done";
  editor.on = step === "masks";
  if (step !== "masks") unzoom();
  drawStage(step);
  window.scrollTo(0, 0);
}

function drawStage(step) {
  const pressed = (id) => by(id).getAttribute("aria-pressed") === "true";
  if (step === "masks") editor.draw();
  else drawLevels(step === "aim" && pressed("grid"), step === "aim" && pressed("horizon"));
}

async function go(step) {
  draft.step = step;
  show(step);
  const kept = save();
  if (step === "line") showLine();
  if (step === "sign-off") {
    await kept;
    digest = await showSummary();
  }
}

function seen(facts) {
  if (draft.step !== "focus") return;
  peak = Math.max(peak, facts.sharpness);
  const share = peak ? facts.sharpness / peak : 0;
  by("sharpness").textContent = Math.round(facts.sharpness);
  by("peak").textContent = Math.round(peak);
  by("of-peak").textContent = `${Math.round(100 * share)} %`;
  const full = Math.max(1, peak * 1.1);
  by("sharpness-bar").style.width = `${(100 * facts.sharpness) / full}%`;
  by("sharpness-peak").style.left = `${(100 * peak) / full}%`;
}

function listen() {
  for (const button of document.querySelectorAll("nav button")) button.onclick = () => go(button.dataset.go);
  const beside = (by_) => STEPS[STEPS.indexOf(draft.step) + by_];
  by("back").onclick = () => go(beside(-1));
  by("next").onclick = () => go(beside(1));
  by("reset-peak").onclick = () => { peak = 0; };
  for (const id of ["grid", "horizon"])
    by(id).onclick = () => {
      by(id).setAttribute("aria-pressed", String(by(id).getAttribute("aria-pressed") !== "true"));
      drawStage(draft.step);
    };
  by("agree").onchange = () => { by("sign").disabled = !by("agree").checked || !digest; };
  by("sign").onclick = sign;
  window.addEventListener("resize", () => { unzoom(); drawStage(draft.step); });
}

async function sign() {
  if (await signOff(digest)) {
    document.body.dataset.over = "yes";
    by("picture").getContext("2d").clearRect(0, 0, by("picture").width, by("picture").height);
    for (const button of document.querySelectorAll("nav button")) button.disabled = true;
    show("done");
  } else digest = await showSummary();
}

async function watchLine() {
  while (!isOver()) {
    await wait(LINE_EVERY_MS);
    if (draft.step === "line") await showLine();
  }
}

speak(document.documentElement.lang);
const kept = await getJson("/steps/draft");
draft = kept.draft;
editor = new Editor(draft, save);
told(kept);
fillPapers(draft.papers);
watchPapers((papers) => { draft.papers = papers; save(); });
listen();
go(draft.step);
follow(seen);
watchLine();
