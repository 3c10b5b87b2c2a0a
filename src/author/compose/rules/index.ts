/** All rules, in the order of their files; each looks at the whole project. */
import type { Finding } from "../../finding.ts";
import type { Project } from "../project.ts";
import { circles } from "./circles.ts";
import { conditions } from "./conditions.ts";
import { envFiles } from "./envfiles.ts";
import { healthchecks } from "./healthchecks.ts";
import { hosts } from "./hosts.ts";
import { restarts } from "./restarts.ts";
import { secrets } from "./secrets.ts";

export type Rule = (project: Project) => readonly Finding[];

export const RULES: readonly Rule[] = [conditions, circles, healthchecks, restarts, hosts, envFiles, secrets];
