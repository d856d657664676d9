"""Stands in for `kubectl`: answers with recorded pods, and makes another one for each it deletes.

The new pod is ready the second time that pods are listed. Every call is noted in the file `asked`.
"""

import copy
import json
import os
import sys
from pathlib import Path

FOLDER = Path(os.environ["RECORDED_KUBECTL"])
PODS = FOLDER / "pods.json"


def main(words: list[str]) -> None:
    with (FOLDER / "asked").open("a") as asked:
        print(*(word.strip().partition("\n")[0] for word in words), file=asked)
    refusal = FOLDER / "refusal"
    if refusal.exists():
        sys.exit(refusal.read_text())
    listed = json.loads(PODS.read_text())
    _, _, verb, *rest = words  # behind --namespace NAME
    if verb == "get":
        print(json.dumps(listed))
        for pod in listed["items"]:
            grow(pod)
        listed["items"] = [pod for pod in listed["items"] if not is_over(pod)]
    elif verb == "delete":
        delete(find(rest[1], listed), listed, is_forced="--force" in rest)
    elif verb == "logs":
        print("a line of", find(rest[0], listed)["metadata"]["name"])
    elif verb == "exec":
        find(rest[0], listed)
    PODS.write_text(json.dumps(listed))


def find(name, listed):
    for pod in listed["items"]:
        if pod["metadata"]["name"] == name:
            return pod
    sys.exit(f'Error from server (NotFound): pods "{name}" not found')


def delete(pod, listed, is_forced):
    new = copy.deepcopy(pod)
    new["metadata"]["name"] = pod["metadata"]["name"][:-5] + f"new{pod['metadata']['uid'][-2:]}"
    new["metadata"]["uid"] = pod["metadata"]["uid"] + "-new"
    for status in new["status"]["containerStatuses"]:
        status |= {"ready": False, "state": {"waiting": {"reason": "ContainerCreating"}}}
    listed["items"].append(new)
    if is_forced:
        listed["items"].remove(pod)
    else:
        pod["metadata"]["deletionTimestamp"] = "2026-01-01T10:05:00Z"


def grow(pod):
    """What happens to a pod from one look at it to the next."""
    deleted = "deletionTimestamp" in pod["metadata"]
    for status in pod["status"]["containerStatuses"]:
        if deleted:
            status |= {"ready": False, "state": {"terminated": {"exitCode": 0, "reason": "Done"}}}
        elif "waiting" in status["state"]:
            status |= {"ready": True, "state": {"running": {"startedAt": "2026-01-01T10:06:00Z"}}}
            status["ready"] = True


def is_over(pod):
    seen = pod.setdefault("seenTerminated", 0)
    if "terminated" in pod["status"]["containerStatuses"][0]["state"]:
        pod["seenTerminated"] = seen + 1
    return pod["seenTerminated"] > 1


if __name__ == "__main__":
    main(sys.argv[1:])
