"""Stands in for `docker`: answers with recorded containers, and does to them what it is asked to.

It notes every call in the file `asked` beside them.
"""

import json
import os
import sys
from pathlib import Path

FOLDER = Path(os.environ["RECORDED_DOCKER"])
CONTAINERS = FOLDER / "containers.json"
PROJECT = "com.docker.compose.project"


def main(words: list[str]) -> None:
    with (FOLDER / "asked").open("a") as asked:
        print(*words, file=asked)
    refusal = FOLDER / "refusal"
    if refusal.exists():
        sys.exit(refusal.read_text())
    containers = json.loads(CONTAINERS.read_text())
    verb, *rest = words
    if verb == "ps":
        list_containers(rest, containers)
        return
    named = [one for word in rest if (one := find(word, containers))]
    act(verb, rest, containers, named[0] if named else None)
    CONTAINERS.write_text(json.dumps(containers))


def list_containers(rest, containers):
    labels = [each["Config"]["Labels"] for each in containers]
    if "--format" in rest:
        print(*(each[PROJECT] for each in labels), sep="\n")
        return
    wanted = rest[-1].rpartition("=")[2]
    print(*(c["Id"] for c in containers if c["Config"]["Labels"][PROJECT] == wanted), sep="\n")


def find(word, containers):
    for each in containers:
        if word in (each["Id"], each["Name"].lstrip("/")):
            return each
    return None


def act(verb, rest, containers, one):
    if verb == "inspect":
        found = [find(word, containers) for word in rest[2:]]
        print(json.dumps(found))
        if None in found:
            sys.exit("Error: No such container: " + rest[2:][found.index(None)])
        return
    if one is None:
        sys.exit("Error response from daemon: No such container: " + rest[-1])
    state = one["State"]
    if verb == "kill":
        status = 143 if "TERM" in rest else 137
        state |= {"Running": False, "Paused": False, "ExitCode": status}
    elif verb == "start":
        state |= {"Running": True, "ExitCode": 0}
    elif verb in ("pause", "unpause"):
        state |= {"Paused": verb == "pause"}
    elif verb == "logs":
        print("on one output", flush=True)
        print("on the other", file=sys.stderr)
    elif verb == "top":
        print("PID\n1")


if __name__ == "__main__":
    main(sys.argv[1:])
