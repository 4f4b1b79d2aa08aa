// The steps without a picture: line, papers, sign-off.

import { getJson, send, words } from "./steps_link.js";

const by = (id) => document.getElementById(id);
const form = by("papers");

/** Shows what is known of the line. */
export async function showLine() {
  const facts = await getJson("/steps/line");
  by("facts").replaceChildren(...facts.map((fact) => {
    const item = document.createElement("li"), head = document.createElement("b");
    item.className = fact.standing;
    head.append(words(fact.name.ja, fact.name.en), words(fact.value.ja, fact.value.en));
    item.append(head);
    if (fact.advice) item.append(words(fact.advice.ja, fact.advice.en));
    return item;
  }));
}

/** Fills the form from the draft. */
export function fillPapers(papers) {
  for (const name of ["plate_up", "consents_given"]) form.elements[name].checked = papers[name];
  for (const name of ["address", "host_name", "host_phone"]) form.elements[name].value = papers[name];
  form.elements.consents.value = papers.consents.join(", ");
  form.elements.direction_deg.value = papers.direction_deg ?? "";
  const known = papers.latitude_e6 !== null && papers.longitude_e6 !== null;
  form.elements.position.value = known ? `${degrees(papers.latitude_e6)}, ${degrees(papers.longitude_e6)}` : "";
}

/** Calls ``changed`` with the papers whenever a field is left, and says what cannot be read. */
export function watchPapers(changed) {
  form.onsubmit = (event) => event.preventDefault();
  form.onchange = () => {
    const wrong = [], papers = readPapers(wrong);
    by("papers-fault").replaceChildren(...wrong);
    changed(papers);
  };
}

function readPapers(wrong) {
  const value = (name) => half(form.elements[name].value).trim();
  const consents = value("consents").split(/[,、\s]+/).filter(Boolean);
  const sound = consents.filter((number) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(number));
  if (sound.length < consents.length) wrong.push(words("同意書番号は英数字です。", "Consent numbers are letters and digits. "));
  const [latitude_e6, longitude_e6] = position(value("position"), wrong);
  return {
    plate_up: form.elements.plate_up.checked,
    consents_given: form.elements.consents_given.checked,
    consents: sound,
    latitude_e6,
    longitude_e6,
    direction_deg: direction(value("direction_deg"), wrong),
    address: form.elements.address.value.trim(),
    host_name: form.elements.host_name.value.trim(),
    host_phone: value("host_phone"),
  };
}

/** Returns text with full-width digits and signs as plain ones: a Japanese keyboard writes either. */
const half = (text) => text.replace(/[！-～]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0)).replace(/[ー−]/g, "-").replace(/　/g, " ");
const degrees = (micro) => (micro / 1e6).toFixed(6);

function position(text, wrong) {
  if (!text) return [null, null];
  const parts = text.split(/[,、\s]+/).filter(Boolean);
  const [latitude, longitude] = parts.map((part) => Math.round(Number(part) * 1e6));
  if (parts.length === 2 && Math.abs(latitude) <= 90e6 && Math.abs(longitude) <= 180e6) return [latitude, longitude];
  wrong.push(words("緯度と経度を読めません。例 35.787000, 139.900000 ", "Latitude and longitude cannot be read, e.g. 35.787000, 139.900000. "));
  return [null, null];
}

function direction(text, wrong) {
  if (!text) return null;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 360) return value % 360;
  wrong.push(words("向きは0から359の整数です。", "The direction is a whole number, 0 to 359. "));
  return null;
}

/** Shows what is to be signed; returns the digest, or null where something is missing. */
export async function showSummary() {
  by("agree-row").hidden = by("sign").hidden = true;
  const summary = await getJson("/steps/summary");
  by("missing").replaceChildren(...summary.missing.map((one) => words(one.ja, one.en, "li")));
  const rows = [
    [words("マスク", "Masks"), String(summary.masks)],
    [words("隠れる割合", "Masked"), `${percent(summary.masked)}`],
    [words("公道の割合", "Public road"), summary.road === null ? "–" : percent(summary.road)],
    [words("同意書", "Consents"), summary.consents.join(", ") || "–"],
  ];
  if (summary.signing_key) rows.push([words("署名鍵", "Signing key"), summary.signing_key.match(/.{4}/g).join(" "), "key"]);
  if (summary.digest) rows.push([words("照合値", "Digest"), grouped(summary.digest), "digest"]);
  by("summary").replaceChildren(...rows.flatMap(([name, value, kind = ""]) => {
    const term = document.createElement("dt"), text = document.createElement("dd");
    term.append(name);
    text.textContent = value;
    text.className = kind;
    return [term, text];
  }));
  by("agree-row").hidden = by("sign").hidden = !summary.digest;
  by("agree").checked = false;
  by("sign").disabled = true;
  return summary.digest;
}

/** Signs off; returns whether it was taken. */
export async function signOff(digest) {
  by("sign").disabled = true;
  const answer = await send("POST", "/steps/sign-off", { digest });
  if (!answer.ok) return false;
  by("done-digest").textContent = grouped(digest);
  return true;
}

export const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const grouped = (digest) => digest.match(/.{1,8}/g).join(" ");
