// The page's language: one for all of the visit's pages, kept by the camera.

export function speak(lang) {
  document.documentElement.lang = lang;
  for (const option of document.querySelectorAll("option[data-ja]")) option.textContent = option.dataset[lang];
}

/** Speaks the other language, and tells the camera, so that its other pages speak it, too. */
function speakOther() {
  const lang = document.documentElement.lang === "ja" ? "en" : "ja";
  speak(lang);
  fetch(`/?lang=${lang}`, { cache: "no-store" }).catch(() => {});
}

document.getElementById("language").onclick = speakOther;
