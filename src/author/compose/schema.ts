/** What Compose takes at the top of a file, in a service and in its parts (compose-spec.json of compose-go 2.9). */
import { meant, quoted } from "../../text.ts";
import type { Finding } from "../finding.ts";
import { durationOf } from "./duration.ts";
import { entries, finding, get, isNull, sort, text, type Node } from "./node.ts";

const words = (line: string): readonly string[] => line.split(" ");

const TOP = words("version name include services models networks volumes secrets configs");
const SERVICE = words(
  "develop deploy annotations attach build blkio_config cap_add cap_drop cgroup cgroup_parent command configs " +
    "container_name cpu_count cpu_percent cpu_shares cpu_quota cpu_period cpu_rt_period cpu_rt_runtime cpus cpuset " +
    "credential_spec depends_on device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file " +
    "label_file environment expose extends provider external_links extra_hosts gpus group_add healthcheck hostname " +
    "image init ipc isolation labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit " +
    "network_mode models networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop " +
    "privileged profiles pull_policy pull_refresh_after read_only restart runtime scale security_opt shm_size secrets " +
    "sysctls stdin_open stop_grace_period stop_signal storage_opt tmpfs tty ulimits use_api_socket user uts " +
    "userns_mode volumes volumes_from working_dir",
);
const HEALTHCHECK = words("disable interval retries test timeout start_period start_interval");
const DEPENDENCY = words("condition required restart");

export const CONDITIONS = ["service_started", "service_healthy", "service_completed_successfully"] as const;
export type Condition = (typeof CONDITIONS)[number];

/** What of a whole file Compose would refuse for its form alone; `model` is merged. */
export function misshapen(model: Node): readonly Finding[] {
  const found = unknown(model, TOP, "a Compose file");
  for (const [name, { at, value }] of entries(get(model, "services"))) {
    if (value.kind !== "dict") {
      const said = `service ${quoted(name)} must be a mapping: got ${sort(value)}`;
      found.push(finding(isNull(value) ? at : value.at, "error", "compose-file", said));
      continue;
    }
    found.push(...unknown(value, SERVICE, "a service"));
    found.push(...unknown(get(value, "healthcheck"), HEALTHCHECK, "a healthcheck"), ...durations(value));
    for (const [, dependency] of entries(get(value, "depends_on"))) {
      found.push(...unknown(dependency.value, DEPENDENCY, "a dependency"));
      const condition = get(dependency.value, "condition");
      const word = text(condition) ?? "";
      if (condition === undefined)
        found.push(
          finding(dependency.at, "error", "compose-file", `a dependency wants a condition: ${CONDITIONS.join(", ")}`),
        );
      else if (!CONDITIONS.some((c) => c === word)) {
        const said = `not a condition: ${quoted(word)}${meant(word, CONDITIONS)}`;
        found.push(finding(condition.at, "error", "compose-file", said, `want ${CONDITIONS.join(", ")}`));
      }
    }
  }
  return found;
}

/** Compose takes no number without a unit. */
function durations(service: Node): readonly Finding[] {
  return ["interval", "timeout", "start_period", "start_interval"].flatMap((key) => {
    const node = get(service, "healthcheck", key);
    const good = node?.kind === "scalar" && typeof node.value === "string" && durationOf(node.value) !== undefined;
    if (node === undefined || good) return [];
    const said = `${key} must be a duration such as "5s": got ${quoted(text(node) ?? sort(node))}`;
    return [finding(node.at, "error", "compose-file", said)];
  });
}

function unknown(node: Node | undefined, known: readonly string[], where: string): Finding[] {
  return entries(node)
    .filter(([key]) => !known.includes(key) && !key.startsWith("x-"))
    .map(([key, { at }]) =>
      finding(at, "error", "unknown-key", `unknown key ${quoted(key)} in ${where}${meant(key, known)}`),
    );
}
