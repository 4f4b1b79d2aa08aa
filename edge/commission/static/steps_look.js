// The inspection: the picture with the masks in force burnt in, and nothing that could be changed.

import "./steps_language.js";
import { follow } from "./steps_view.js";

follow(() => {});
