// The stage: the newest picture, and zooming it with two fingers or buttons.

import { insist, isOver, wait } from "./steps_link.js";

const ZOOM_MAX = 6;
const stage = document.getElementById("stage");
const view = document.getElementById("view");
const picture = document.getElementById("picture");
const noPicture = document.getElementById("nopicture");

export const size = { width: Number(document.body.dataset.width), height: Number(document.body.dataset.height) };

const zoom = { scale: 1, x: 0, y: 0 };

/** Returns how many picture pixels a CSS pixel is, as the stage is zoomed. */
export const pixelsPerCss = () => size.width / view.getBoundingClientRect().width;

/** Returns where in the picture, in millionths, a touch lies. */
export function toPicture(event) {
  const box = view.getBoundingClientRect();
  const part = (at, from, length) => Math.round(1e6 * Math.min(1, Math.max(0, (at - from) / length)));
  return [part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)];
}

/** Zooms by a factor around a point of the screen, or moves by CSS pixels. */
export function zoomBy(factor, at = null, dx = 0, dy = 0) {
  const frame = stage.getBoundingClientRect();
  const width = stage.clientWidth, height = stage.clientHeight;
  const x = at ? at.x - frame.left : width / 2, y = at ? at.y - frame.top : height / 2;
  const scale = Math.min(ZOOM_MAX, Math.max(1, zoom.scale * factor));
  const bound = (value, length) => Math.min(0, Math.max(length * (1 - scale), value));
  zoom.x = bound(x - ((x - zoom.x) * scale) / zoom.scale + dx, width);
  zoom.y = bound(y - ((y - zoom.y) * scale) / zoom.scale + dy, height);
  zoom.scale = scale;
  view.style.transform = `translate(${zoom.x}px, ${zoom.y}px) scale(${scale})`;
}

/** Shows the whole picture. */
export function unzoom() {
  zoomBy(1 / zoom.scale);
}

/** Draws pictures while the stage is seen, for as long as the visit lasts; ``seen`` is told each one's facts. */
export async function follow(seen) {
  const pen = picture.getContext("2d");
  let after = -1;
  while (!isOver()) {
    if (stage.hidden || document.hidden) {
      await wait(200);
      continue;
    }
    const answer = await insist(`/steps/frame?after=${after}`);
    if (answer.status !== 200) {
      noPicture.hidden = answer.status === 204 && after >= 0;
      await wait(300);
      continue;
    }
    const facts = JSON.parse(answer.headers.get("X-Frame"));
    const bitmap = await createImageBitmap(await answer.blob());
    pen.drawImage(bitmap, 0, 0, picture.width, picture.height);
    bitmap.close();
    noPicture.hidden = true;
    after = facts.number;
    seen(facts);
  }
}
