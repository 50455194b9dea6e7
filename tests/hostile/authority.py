# SPDX-License-Identifier: Apache-2.0
"""The authorisation matrix: endpoint x role x own and others', judged by what changed."""

import json

from fixtures import BODIES, LINES, VERSIONS, Maker, snapshot
from routes import expected
from world import CALLERS, ROLES


def ask(world, name, body, role):
    kind = "application/json-lines" if name in LINES else "application/json"
    if name in VERSIONS:
        name = f"v{VERSIONS[name]}/{name}"
    return world.api(name, body, world.tokens[role], headers={"Content-Type": kind})


def run(world, report, full):
    table = expected()
    maker = Maker(world)
    report.same("every endpoint that changes something is tried", set(BODIES) |
                {"auth.create_user", "auth.edit_user"},
                {n for n, (_, effect) in table.items() if effect in ("changes", "checks")
                 and not n.startswith("auth.")} | {"auth.create_user", "auth.edit_user"})
    for name, (roles, effect) in sorted(table.items()):
        if "anyone" in roles:
            continue
        if effect == "reads":
            for role in CALLERS:
                answer = world.api(name, {}, world.tokens[role])
                report.same(f"{role} may call {name}", answer.code != (403, 20), role in roles)
        elif effect == "self":
            answer = world.api(name, {}, world.tokens["device"])
            report.same(f"device may call {name}", answer.code, (403, 20))
        elif name in BODIES:
            changes(world, report, maker, name, roles, effect, full)
    own_and_others(world, report, maker)
    impersonation(world, report)


def changes(world, report, maker, name, roles, effect, full):
    """Refused callers change nothing; the same request by one who may changes something."""
    body = BODIES[name](maker)
    before = snapshot(world, maker)
    for role in CALLERS:
        if role not in roles:
            answer = ask(world, name, body, role)
            report.ok(f"{role} may not {name}", answer.code == (403, 20), answer)
    report.same(f"{name} refused leaves all as it was", snapshot(world, maker), before)
    for role in CALLERS if full else ("user", "admin", "device"):
        if role not in roles or (role == "admin" and "user" in roles and not full):
            continue
        if full:  # who came before has used up what the body names
            maker.role = role
            body = BODIES[name](maker)
            before = snapshot(world, maker)
            maker.role = "user"
        answer = ask(world, name, body, role)
        report.ok(f"{role} may {name}", answer.status == 200, answer)
        changed = snapshot(world, maker) != before
        report.same(f"{name} by {role} has an effect", changed, effect == "changes")


def own_and_others(world, report, maker):
    """What is a user's own: name, preferences, credentials, role."""
    victim = world.users["superuser"]
    mark = {"user": victim, "given_name": "changed by another"}

    def given_name():
        found = world.call("users.get_by_id", {"user": victim})
        return found["user"].get("given_name")

    for role in ROLES:
        world.call("users.update", {"user": victim, "given_name": "own"}, "superuser")
        answer = world.api("users.update", mark, world.tokens[role])
        may = role in ("system", "root", "admin", "superuser")
        report.same(f"{role} updates superuser's user", answer.status, 200 if may else 403)
        report.same(f"and its state, by {role}", given_name(),
                    "changed by another" if may else "own")
        own = {"user": world.users[role], "given_name": f"I am {role}"}
        answer = world.api("users.update", own, world.tokens[role])
        report.same(f"{role} updates its own", answer.status, 200)

    pair = world.call("auth.create_credentials", {"label": "mine"}, "superuser")["credentials"]
    key = pair["access_key"]
    for role in ROLES:
        if role == "superuser":
            continue
        answer = world.api("auth.revoke_credentials", {"access_key": key}, world.tokens[role])
        report.ok(f"{role} revokes another's key", (answer.data or {}).get("revoked") == 0, answer)
        answer = world.api("auth.edit_credentials", {"access_key": key, "label": "theirs"},
                           world.tokens[role])
        report.ok(f"{role} renames another's key", (answer.data or {}).get("updated") == 0, answer)
        listed = world.call("auth.get_credentials", {"user": victim, "user_id": victim}, role)
        report.ok(f"{role} sees its own keys only",
                  key not in json.dumps(listed) and "secret" not in json.dumps(listed), listed)
    labels = {c["access_key"]: c["label"]
              for c in world.call("auth.get_credentials", {}, "superuser")["credentials"]}
    report.same("the key kept its label", labels.get(key), "mine")
    report.ok("the key still signs in", world.login(key, pair["secret_key"]))

    world.call("users.set_preferences", {"preferences": {"mine": 1}}, "superuser")
    for role in ("admin", "user", "guest"):
        world.call("users.set_preferences",
                   {"user": victim, "preferences": {"mine": 2}}, role)
        kept = world.call("users.get_preferences", {}, "superuser")["preferences"]
        report.same(f"preferences survive {role}", kept.get("mine"), 1)
    workers_of_others(world, report)
    roles_of_users(world, report)


def workers_of_others(world, report):
    """A worker belongs to who registered it: another's of that name is another worker."""
    name = "the superuser's worker"

    def kept():
        return [w["id"] for w in world.call("workers.get_all", {"last_seen": 0})["workers"]
                if w["id"] == name and w["user"]["id"] == world.users["superuser"]]

    world.call("workers.register", {"worker": name, "queues": []}, "superuser")
    for role in ROLES:
        if role == "superuser":
            continue
        world.api("workers.unregister", {"worker": name}, world.tokens[role])
        report.same(f"another's worker after {role}", kept(), [name])
    world.call("workers.unregister", {"worker": name}, "superuser")
    report.same("its owner may unregister it", kept(), [])


def roles_of_users(world, report):
    """Nobody lifts anybody above themselves."""
    def role_of(who):
        return world.call("users.get_by_id", {"user": world.users[who]})["user"]["role"]

    for role in ROLES:
        for target in ("user",) if role == "system" else ("user", role):
            answer = world.api("auth.edit_user", {"user": world.users[target], "role": "root"},
                               world.tokens[role])
            may = role in ("system", "root")
            report.ok(f"{role} makes {target} root", (answer.status == 200) == may, answer)
            report.same(f"the role of {target} after {role}", role_of(target),
                        "root" if may else target)
            if may:
                world.call("auth.edit_user", {"user": world.users[target], "role": target},
                           "system")
        answer = world.api("auth.edit_user", {"user": world.users["user"], "role": "system"},
                           world.tokens[role])
        report.ok(f"{role} makes user system", answer.status == 403, answer)
        made = {"name": f"made by {role}", "company": company(world), "email": "a@furrow.test"}
        answer = world.api("auth.create_user", made, world.tokens[role])
        may = role in ("system", "root")
        report.same(f"{role} makes a user", answer.status, 200 if may else 403)
        names = [u["name"] for u in world.call("users.get_all", {})["users"]]
        report.same(f"the user made by {role}", f"made by {role}" in names, may)
    answer = world.api("auth.edit_user", {"user": world.users["root"], "role": "guest"},
                       world.tokens["admin"])
    report.ok("admin lowers root", answer.status == 403, answer)
    report.same("root is root", role_of("root"), "root")


def company(world):
    return world.call("users.get_current_user", {})["user"]["company"]["id"]


def impersonation(world, report):
    for header in ("X-ClearML-Impersonate-As", "X-ClearML-Act-As", "X-Trains-Impersonate-As"):
        for role in ROLES:
            for target in ("system", "root", "admin", "user", "guest"):
                answer = world.api("users.get_current_user", {}, world.tokens[role],
                                   headers={header: world.users[target]})
                may = role == target or (role in ("system", "root", "admin") and
                                         ROLES.index(target) >= ROLES.index(role))
                got = (answer.data or {}).get("user", {}).get("id")
                report.ok(f"{role} as {target} by {header}",
                          (answer.status == 200 and got == world.users[target]) if may
                          else answer.status == 403, answer)
        answer = world.api("server.config", {}, world.tokens["root"],
                           headers={header: world.users["guest"]})
        report.same("one who acts as a guest has a guest's rights", answer.status, 403)
