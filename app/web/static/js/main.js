// Every page works without scripts as far as it can; these modules add what needs one.
import { startDrawer, startDrops } from "./menus.js";
import { startDialogs } from "./dialogs.js";
import { startToasts } from "./toasts.js";
import { startLookups } from "./lookup.js";
import { startMany } from "./many.js";
import { startPalette } from "./palette.js";
import { startConnection } from "./connection.js";
import { startQuick } from "./quick.js";
import { startBell } from "./bell.js";
import { startCounts } from "./counts.js";
import { startApprovals } from "./approvals.js";
import { startList } from "./list.js";
import { startBeside } from "./beside.js";
import { startBoard } from "./board.js";
import { startBuilder } from "./builder.js";
import { startInline } from "./inline.js";
import { startForm } from "./form.js";
import { startValues } from "./values.js";
import { startTimeline } from "./timeline.js";
import { startFiles } from "./files.js";
import { startCards } from "./cards.js";
import { startCharts } from "./charts.js";
import { startPeeks } from "./peek.js";
import { startVisits } from "./visits.js";
import { forgetSent } from "./drafts.js";

startDrops();
startDrawer();
startDialogs();
startToasts();
startLookups(document);
startValues(document);
startMany(document);
startList();
startBuilder();
startInline();
startBeside();
startBoard();
startForm(document);
startQuick();
startConnection();
startFiles(document);
startTimeline();
startApprovals();
startCounts();
startBell();
startCharts();
startCards();
startPalette();
startPeeks();
startVisits();
forgetSent(document.querySelector("[data-form]")?.dataset.draft);

for (const place of document.querySelectorAll("[data-focus]")) place.focus();
// Where the tabs don't fit beside each other, the current one is the one that is seen.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}
document.documentElement.dataset.ready = "true";
