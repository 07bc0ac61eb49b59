// Charts as pictures, and on paper. A picture is the drawing with its colours written into it: it is read alone.
const WRITTEN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor"];
const SCALE = 2;

export function startCharts() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-png], [data-print]");
    if (!button) return;
    if ("print" in button.dataset) window.print();
    else save(button);
  });
}

async function save(button) {
  const every = document.getElementById(button.dataset.png)?.querySelectorAll("svg.chart") ?? [];
  const drawing = [...every].find((each) => each.checkVisibility());
  if (!drawing) return;
  const picture = await pictureOf(drawing);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = `${button.dataset.name}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The drawing as PNG, twice as large as it stands in its own measures, on the ground of its card.
export async function pictureOf(drawing) {
  const { width, height } = drawing.viewBox.baseVal;
  const copy = coloured(drawing);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const edge = 16;
  const canvas = document.createElement("canvas");
  canvas.width = (width + 2 * edge) * SCALE;
  canvas.height = (height + 2 * edge) * SCALE;
  const pen = canvas.getContext("2d");
  pen.scale(SCALE, SCALE);
  pen.fillStyle = getComputedStyle(drawing.closest(".card") ?? document.body).backgroundColor;
  pen.fillRect(0, 0, width + 2 * edge, height + 2 * edge);
  pen.drawImage(image, edge, edge, width, height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function coloured(drawing) {
  const copy = drawing.cloneNode(true);
  const shapes = copy.querySelectorAll("path, text");
  drawing.querySelectorAll("path, text").forEach((each, place) => {
    const style = getComputedStyle(each);
    for (const name of WRITTEN) shapes[place].setAttribute(name, style.getPropertyValue(name));
  });
  return copy;
}
