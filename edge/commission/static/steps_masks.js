// Drawing outlines by touch: add, move and delete points, undo. What is burnt in comes with the picture itself.

import { words } from "./steps_link.js";
import { pixelsPerCss, size, toPicture, zoomBy } from "./steps_view.js";

const REACH_CSS = 26;
const TAP_CSS = 10;
const UNDO_MAX = 50;
const ROAD = "road";
const stage = document.getElementById("stage");
const overlay = document.getElementById("overlay");
const by = (id) => document.getElementById(id);

export class Editor {
  constructor(draft, changed) {
    this.draft = draft;
    this.changed = changed;
    this.past = [];
    this.chosen = draft.masks.length ? draft.masks[0].id : null;
    this.point = -1;
    this.faults = {};
    this.on = false;
    this.touches = new Map();
    this.drag = null;
    for (const [type, act] of [["pointerdown", "down"], ["pointermove", "move"], ["pointerup", "up"], ["pointercancel", "cancel"]])
      stage.addEventListener(type, (event) => this.on && this[act](event));
    this.listen();
  }

  listen() {
    by("zoom-in").onclick = () => { zoomBy(1.5); this.draw(); };
    by("zoom-out").onclick = () => { zoomBy(1 / 1.5); this.draw(); };
    by("undo").onclick = () => this.undo();
    by("delete-point").onclick = () => this.deletePoint();
    by("delete-mask").onclick = () => this.deleteMask();
    by("mask-kind").onchange = (event) => this.set("kind", event.target.value);
    by("mask-consent").onchange = (event) => {
      if (event.target.reportValidity()) this.set("consent", event.target.value.trim() || null);
    };
    by("none-needed").onchange = (event) => {
      this.remember();
      this.draft.none_needed = event.target.value.trim() || null;
      this.done();
    };
  }

  mask() { return this.draft.masks.find((mask) => mask.id === this.chosen); }
  outline() { return this.chosen === ROAD ? this.draft.road : this.mask()?.polygon; }

  remember() {
    const { masks, road, none_needed } = this.draft;
    this.past.push(JSON.stringify({ masks, road, none_needed }));
    if (this.past.length > UNDO_MAX) this.past.shift();
  }

  undo() {
    if (!this.past.length) return;
    Object.assign(this.draft, JSON.parse(this.past.pop()));
    if (this.chosen !== ROAD && !this.mask()) this.chosen = this.draft.masks.at(-1)?.id ?? null;
    this.point = -1;
    this.done();
  }

  done() {
    this.draw();
    this.changed();
  }

  set(key, value) {
    this.remember();
    this.mask()[key] = value;
    this.done();
  }

  add() {
    this.remember();
    let number = 1;
    while (this.draft.masks.some((mask) => mask.id === `mask-${number}`)) number += 1;
    this.draft.masks.push({ id: `mask-${number}`, kind: "other", consent: null, margin_px: 16, polygon: [] });
    this.draft.none_needed = null;
    this.choose(`mask-${number}`);
    this.changed();
  }

  choose(id) {
    this.chosen = id;
    this.point = -1;
    this.draw();
  }

  deleteMask() {
    this.remember();
    this.draft.masks = this.draft.masks.filter((mask) => mask.id !== this.chosen);
    this.chosen = this.draft.masks.at(-1)?.id ?? null;
    this.point = -1;
    this.done();
  }

  deletePoint() {
    if (this.point < 0) return;
    this.remember();
    this.outline().splice(this.point, 1);
    this.point = -1;
    this.done();
  }

  down(event) {
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    this.touches.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.touches.size > 1) {
      this.cancelDrag();
      return;
    }
    this.drag = { x: event.clientX, y: event.clientY, moved: false, point: this.near(event), before: null };
    if (this.drag.point >= 0) {
      this.point = this.drag.point;
      this.draw();
    }
  }

  move(event) {
    const last = this.touches.get(event.pointerId);
    if (!last) return;
    if (this.touches.size === 2) this.pinch(event);
    else if (this.drag) this.pull(event, last);
    this.touches.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  pinch(event) {
    const [fixed] = [...this.touches].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const last = this.touches.get(event.pointerId);
    const apart = (at) => Math.hypot(at.x - fixed.x, at.y - fixed.y) || 1;
    const now = { x: event.clientX, y: event.clientY };
    const middle = { x: (fixed.x + now.x) / 2, y: (fixed.y + now.y) / 2 };
    zoomBy(apart(now) / apart(last), middle, (now.x - last.x) / 2, (now.y - last.y) / 2);
    this.draw();
  }

  pull(event, last) {
    if (Math.hypot(event.clientX - this.drag.x, event.clientY - this.drag.y) > TAP_CSS) this.drag.moved = true;
    if (!this.drag.moved) return;
    if (this.drag.point < 0) {
      zoomBy(1, null, event.clientX - last.x, event.clientY - last.y);
      return;
    }
    if (!this.drag.before) {
      this.remember();
      this.drag.before = [...this.outline()[this.drag.point]];
    }
    this.outline()[this.drag.point] = toPicture(event);
    this.draw();
  }

  up(event) {
    this.touches.delete(event.pointerId);
    const drag = this.drag;
    this.drag = null;
    if (!drag || this.touches.size) return;
    if (drag.before) this.done();
    else if (!drag.moved && drag.point < 0) this.tap(event);
  }

  cancel(event) {
    this.touches.delete(event.pointerId);
    this.cancelDrag();
  }

  cancelDrag() {
    if (this.drag?.before) {
      this.outline()[this.drag.point] = this.drag.before;
      this.past.pop();
    }
    this.drag = null;
    this.draw();
  }

  tap(event) {
    if (!this.outline()) this.add();
    this.remember();
    const outline = this.outline(), point = toPicture(event);
    this.point = nearestSide(outline, point);
    outline.splice(this.point, 0, point);
    this.done();
  }

  near(event) {
    const outline = this.outline() ?? [];
    const [x, y] = pixels(toPicture(event)), reach = REACH_CSS * pixelsPerCss();
    const distances = outline.map((point) => { const [px, py] = pixels(point); return Math.hypot(px - x, py - y); });
    const least = Math.min(...distances);
    return least <= reach ? distances.indexOf(least) : -1;
  }

  told(faults) {
    this.faults = faults;
    this.draw();
  }

  draw() {
    if (!this.on) return;
    const shapes = this.draft.masks.map((mask) => this.shape(mask.id, mask.polygon, "mask"));
    overlay.replaceChildren(...this.shape(ROAD, this.draft.road, "road"), ...shapes.flat(), ...this.points());
    this.drawChips();
    this.drawForm();
  }

  shape(id, outline, name) {
    if (!outline.length) return [];
    const path = outline.map(pixels).map((point) => point.join(",")).join(" ");
    const kinds = [name, id === this.chosen && "chosen", this.faults[id] && outline.length > 2 && "wrong"].filter(Boolean);
    return ["casing", kinds.join(" ")].map((kind) => svg("polygon", { points: path, class: kind }));
  }

  points() {
    const radius = 9 * pixelsPerCss();
    return (this.outline() ?? []).map((point, index) => {
      const [cx, cy] = pixels(point);
      return svg("circle", { cx, cy, r: radius, class: index === this.point ? "point chosen" : "point" });
    });
  }

  drawChips() {
    const chip = (id, ja, en) => {
      const button = words(ja, en, "button");
      button.type = "button";
      button.setAttribute("aria-pressed", String(id === this.chosen));
      button.classList.toggle("bad", Boolean(this.faults[id]));
      button.onclick = () => this.choose(id);
      return button;
    };
    const more = words("＋マスク", "+ mask", "button");
    more.type = "button";
    more.id = "add-mask";
    more.onclick = () => this.add();
    const masks = this.draft.masks.map((mask) => chip(mask.id, mask.id.replace("mask-", "マスク"), mask.id));
    by("outlines").replaceChildren(more, chip(ROAD, "道路", "road"), ...masks);
  }

  drawForm() {
    const mask = this.mask(), wrong = this.faults[this.chosen];
    by("undo").disabled = !this.past.length;
    by("delete-point").disabled = this.point < 0;
    by("mask").hidden = !mask;
    by("none").hidden = this.draft.masks.length > 0;
    by("none-needed").value = this.draft.none_needed ?? "";
    by("mask-fault").replaceChildren(...(mask && wrong ? [words(wrong.ja, wrong.en)] : []));
    by("hint").replaceChildren(this.hint());
    if (!mask) return;
    by("mask-name").replaceChildren(words(mask.id.replace("mask-", "マスク"), mask.id));
    by("mask-kind").value = mask.kind;
    if (document.activeElement !== by("mask-consent")) by("mask-consent").value = mask.consent ?? "";
  }

  hint() {
    if (this.chosen === ROAD) return words("公道を囲むように映像に触れて点を打ちます。", "Touch around the public road.");
    if (!this.mask()) return words("「＋マスク」を押し、隠す場所の角に触れます。", "Press “+ mask”, then touch the corners of what is private.");
    if (this.mask().polygon.length < 3) return words("隠す場所の角に順に触れます。", "Touch its corners one after another.");
    return words("点は指で動かせます。線の近くに触れると点が増えます。", "Drag points; touch near a side to add one.");
  }
}

const pixels = ([x, y]) => [(x * size.width) / 1e6, (y * size.height) / 1e6];

function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Returns where a new point is put in: between the ends of the side that it lies nearest to. */
function nearestSide(outline, point) {
  if (outline.length < 3) return outline.length;
  const [x, y] = pixels(point);
  const distances = outline.map((start, index) => {
    const [ax, ay] = pixels(start), [bx, by_] = pixels(outline[(index + 1) % outline.length]);
    const length = (bx - ax) ** 2 + (by_ - ay) ** 2 || 1;
    const along = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by_ - ay)) / length));
    return Math.hypot(ax + along * (bx - ax) - x, ay + along * (by_ - ay) - y);
  });
  const least = Math.min(...distances);
  const nearest = distances.lastIndexOf(least);
  return nearest + 1;
}

/** Draws the level lines of the aiming step. */
export function drawLevels(grid, horizon) {
  const { width, height } = size, lines = [];
  const line = (x1, y1, x2, y2, name) => lines.push(svg("line", { x1, y1, x2, y2, class: "casing" }), svg("line", { x1, y1, x2, y2, class: name }));
  for (const part of grid ? [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6] : []) line(width * part, 0, width * part, height, "grid");
  for (const part of grid ? [1 / 4, 3 / 4] : []) line(0, height * part, width, height * part, "grid");
  if (horizon) line(0, height / 2, width, height / 2, "horizon");
  overlay.replaceChildren(...lines);
}
